"""Numbers of bytes as people say them."""

from django.utils.formats import number_format

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def size_words(count: int) -> str:
    """A number of bytes in the units that file managers and model pages use (powers of 1000).

    `bytes` in the pages' units.js says the same.
    """
    value, unit = float(count), "B"
    for unit in UNITS:
        if value < 999.5 or unit == UNITS[-1]:
            break
        value /= 1000
    return f"{count} B" if unit == "B" else f"{number_format(f'{value:.3g}')} {unit}"
