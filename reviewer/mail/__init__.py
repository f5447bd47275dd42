"""Patches as they travel: mbox, mails, quoted replies and git ranges become a Series."""
