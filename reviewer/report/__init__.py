"""Findings for people and programs: text, checkpatch, JSON, SARIF, HTML and reply drafts."""
