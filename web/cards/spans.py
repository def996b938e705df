"""How long something has gone on or is ago, in words of English. Pure."""

_MINUTE, _HOUR, _DAY, _MONTH, _YEAR = 60, 3_600, 86_400, 2_592_000, 31_557_600


def clock(seconds: float) -> str:
    """`h:mm:ss`; nothing is less than 0:00:00."""
    minutes, second = divmod(max(int(seconds), 0), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}"


def ago(seconds: float) -> str:
    """`2 hours ago`, in the largest unit that is over once; what lies ahead was just now."""
    if seconds < _MINUTE:
        return "less than a minute ago"
    units = ((_YEAR, "year"), (_MONTH, "month"), (_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"))
    length, name = next((length, name) for length, name in units if seconds >= length)
    count = int(seconds // length)
    return f"{count} {name}{'' if count == 1 else 's'} ago"
