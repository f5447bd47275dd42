"""Seeds of draws, as the pages of docs/ write them."""


def seed(text: str) -> int:
    """A seed in decimal or, as commits are written, in hexadecimal (``0x3572a857``)."""
    return int(text, 0)
