"""Phrases of the model, said in a language.

The English is the source, `vi.po` the Vietnamese; `make texts` brings the catalogue in step with the code,
and a test holds it there.
"""
