"""The words of an unfinished command line, as a shell would take it apart. Pure."""

from __future__ import annotations


def split(line: str) -> tuple[list[str], bool]:
    """Its words, the last one possibly empty, and whether that one began with a quote that is still open."""
    words = [""]
    quote = ""
    begun = escaped = False
    for sign in line:
        if escaped:
            words[-1] += sign
            escaped = False
        elif sign == "\\" and quote != "'":
            escaped = begun = True
        elif quote:
            if sign == quote:
                quote = ""
            else:
                words[-1] += sign
        elif sign in "\"'":
            quote, begun = sign, True
        elif sign.isspace():
            if words[-1] or begun:
                words.append("")
            begun = False
        else:
            words[-1] += sign
    return words, bool(quote)
