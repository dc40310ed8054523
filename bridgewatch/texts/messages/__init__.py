"""The texts of messages: long for mail and chat, short for SMS, spoken for calls, in both languages.

`compose.compose` writes one. The English is the source, `vi.po` the Vietnamese; `make texts` brings the
catalogue in step with the code, and a test holds it there.
"""
