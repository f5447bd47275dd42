"""Slips of one letter: what a name may be corrected to, and how a change of names is noticed."""

from hypothesis import given
from hypothesis import strategies as st

from reviewer.tree.likeness import corrections, halves, halves_of_slips

NAMES = st.from_regex(r"[a-z][a-z0-9_]{6,20}", fullmatch=True)


@given(NAMES)
def test_whatever_corrects_a_name_answers_for_one_of_its_halves(name: str) -> None:
    """Else a kept verdict would not be looked at again when the name it was meant for appears."""
    for form in corrections(name):
        assert set(halves(name)) & halves_of_slips(form), form


def test_a_letter_left_out_and_two_exchanged_are_corrected() -> None:
    """Both kinds of slip, in the middle of a name."""
    assert {"swap_cluster_list"} <= set(corrections("swap_clster_list"))
    assert {"swap_cluster_list"} <= set(corrections("swap_culster_list"))
    assert not set(corrections("vfsrd"))
