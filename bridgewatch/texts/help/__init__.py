"""What commands and their options say of themselves; `vi.po` is kept in step by `make texts`."""
