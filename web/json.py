import orjson

from actors.errors import Malformed


def read(data):
    try:
        return orjson.loads(data)
    except Exception:
        raise Malformed("malformed-body")
