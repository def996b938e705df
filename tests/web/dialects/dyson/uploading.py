"""A form with an image in it, as clients upload artwork."""

BOUNDARY = "x--boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def part(data: bytes, kind: str = "image/png", field: str = "file") -> bytes:
    """The form's only part."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="a"\r\nContent-Type: {kind}\r\n\r\n'
    )
    return head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
