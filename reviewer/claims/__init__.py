"""Kernel English to claims: lexicon, sentence patterns, modality."""
