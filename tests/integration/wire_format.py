"""A second reader and writer of protocol/FORMAT.md: between bytes and plain dictionaries.

Written from the document and from FlatBuffers' description of its binary layout. It shares no
code with the C++ one and uses no generated code, so that one mistake is not made twice.
"""

import struct

IDENTIFIER = b"TDL1"
MAX_HEADER = 4096


class WireError(ValueError):
    pass


def _unpack(layout, data, at):
    try:
        return struct.unpack_from("<" + layout, data, at)
    except struct.error as error:
        raise WireError(f"{layout} at {at} of {len(data)} bytes: {error}") from error


class Table:
    """A FlatBuffers table: at its start an offset back to the vtable, which lists where each
    field is (u16 each, after the vtable's and the table's own size; 0 = default)."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        (back,) = _unpack("i", data, at)
        self.vtable = at - back
        if self.vtable < 0:
            raise WireError(f"vtable of the table at {at} lies before the message")
        (self.vtable_size,) = _unpack("H", data, self.vtable)

    def place(self, field):
        slot = 4 + 2 * field
        if slot + 2 > self.vtable_size:
            return None
        (offset,) = _unpack("H", self.data, self.vtable + slot)
        return self.at + offset if offset else None

    def number(self, field, layout, default=0):
        place = self.place(field)
        return default if place is None else _unpack(layout, self.data, place)[0]

    def target(self, field):
        place = self.place(field)
        if place is None:
            raise WireError(f"field {field} is missing")
        return place + _unpack("I", self.data, place)[0]

    def table(self, field):
        return Table(self.data, self.target(field))

    def text(self, field):
        at = self.target(field)
        (size,) = _unpack("I", self.data, at)
        return _unpack(f"{size}s", self.data, at + 4)[0].decode()

    def numbers(self, field, layout):
        at = self.target(field)
        (count,) = _unpack("I", self.data, at)
        return list(_unpack(f"{count}{layout}", self.data, at + 4))

    def tables(self, field):
        at = self.target(field)
        (count,) = _unpack("I", self.data, at)
        places = [at + 4 + 4 * i for i in range(count)]
        return [Table(self.data, place + _unpack("I", self.data, place)[0]) for place in places]

    def struct(self, field, layout):
        place = self.place(field)
        if place is None:
            raise WireError(f"field {field} is missing")
        return _unpack(layout, self.data, place)


def _model(t):
    return {"name": t.text(0), "version": t.number(1, "I"),
            "sha256": t.struct(2, "32s")[0], "frontier_hash": t.struct(3, "32s")[0],
            "parameters": _ids(t, 4)}


def _ids(t, field):
    return [] if t.place(field) is None else t.numbers(field, "Q")


def _tensor(t):
    return {"dtype": t.number(0, "B"), "shape": t.numbers(1, "q"), "strides": t.numbers(2, "q"),
            "quantizer": t.number(3, "B"), "level": t.number(4, "B"),
            "jpeg_quality": t.number(5, "B"), "scale": t.number(6, "f", 0.0),
            "zero_point": t.number(7, "i"), "encoded_bytes": t.number(8, "Q"),
            "levels": t.number(9, "H", 256), "parameters": t.number(10, "Q")}


def _hello(t):
    return {"session": t.number(0, "Q"), "protocol": t.struct(1, "HH"), "codec": t.struct(2, "HH"),
            "frontier_rule": t.struct(3, "HH"), "edge": t.text(4), "isa": t.text(5),
            "models": [_model(m) for m in t.tables(6)], "max_tensor": t.number(7, "Q")}


def _welcome(t):
    return {"session": t.number(0, "Q"), "protocol": t.number(1, "H"), "codec": t.number(2, "H"),
            "frontier_rule": t.number(3, "H"), "cloud": t.text(4), "isa": t.text(5),
            "models": [{"state": m.number(0, "B"), "reason": m.text(1), "parameters": _ids(m, 2)}
                       for m in t.tables(6)],
            "max_tensor": t.number(7, "Q"), "max_inflight": t.number(8, "Q"),
            "heartbeat_ms": t.number(9, "I")}


def _request(t):
    return {"id": t.number(0, "Q"), "model": t.number(1, "H"), "cut": t.text(2),
            "budget_ms": t.number(3, "I"), "tensors": [_tensor(x) for x in t.tables(4)],
            "open": t.number(5, "B")}


def _chunk(t):
    return {"request": t.number(0, "Q"), "tensor": t.number(1, "H"), "offset": t.number(2, "Q"),
            "crc32": t.number(3, "I")}


def _ack(t):
    return {"bytes": t.number(0, "Q"), "received_us": t.number(1, "Q")}


def _result(t):
    return {"request": t.number(0, "Q"), "decode_us": t.number(1, "I"),
            "queue_us": t.number(2, "I"), "tail_us": t.number(3, "I"), "busy_us": t.number(4, "I"),
            "batch": t.number(5, "H"), "tensors": [_tensor(x) for x in t.tables(6)],
            "tolerance": t.number(7, "H")}


def _refusal(t):
    return {"request": t.number(0, "Q"), "code": t.number(1, "B"),
            "retry_after_ms": t.number(2, "I"), "reason": t.text(3)}


def _cancel(t):
    return {"request": t.number(0, "Q")}


def _heartbeat(t):
    return {"sent_us": t.number(0, "Q"), "echo": t.number(1, "Q"),
            "queue_requests": t.number(2, "I"), "queue_us": t.number(3, "I")}


def _goodbye(t):
    return {}


def _end(t):
    return {"request": t.number(0, "Q"), "bytes": t.numbers(1, "Q"),
            "cut_short": t.number(2, "H")}


def _profile_request(t):
    return {"request": t.number(0, "Q"), "model": t.number(1, "H")}


# In the order of the `#` column.
KINDS = [("hello", _hello), ("welcome", _welcome), ("request", _request), ("chunk", _chunk),
         ("ack", _ack), ("result", _result), ("refusal", _refusal), ("cancel", _cancel),
         ("heartbeat", _heartbeat), ("goodbye", _goodbye), ("end", _end),
         ("profile_request", _profile_request)]


def decode(data):
    """The header in `data` as (name, fields)."""
    if not 8 <= len(data) <= MAX_HEADER:
        raise WireError(f"header has {len(data)} bytes")
    if data[4:8] != IDENTIFIER:
        raise WireError(f"identifier is {data[4:8]!r}")
    root = Table(data, _unpack("I", data, 0)[0])
    kind = root.number(0, "B")
    if not 1 <= kind <= len(KINDS):
        raise WireError(f"message type is {kind}")
    name, fields = KINDS[kind - 1]
    return name, fields(root.table(1))


class _Writer:
    """Writes FlatBuffers front to back: every table before what it points to."""

    def __init__(self):
        self.data = bytearray()

    def align(self, size):
        self.data += bytes(-len(self.data) % size)

    def point(self, place, target):
        struct.pack_into("<I", self.data, place, target - place)

    def table(self, fields):
        """Writes a table; a field is (layout, value). Returns where
        it is."""
        self.align(8)
        vtable, size = len(self.data), 4
        places = []
        for layout, _ in fields:
            alignment, width = INLINE.get(layout, (4, 4))
            size += -size % alignment
            places.append(size)
            size += width
        vtable_size = 4 + 2 * len(fields)
        self.data += struct.pack(f"<HH{len(fields)}H", vtable_size, size, *places)
        self.align(8)
        start = len(self.data)
        self.data += bytes(size)
        struct.pack_into("<i", self.data, start, start - vtable)
        for place, (layout, value) in zip(places, fields):
            self.field(start + place, layout, value)
        return start

    def field(self, place, layout, value):
        if layout in INLINE:
            values = value if isinstance(value, tuple) else (value,)
            struct.pack_into("<" + layout, self.data, place, *values)
        elif layout == "text":
            self.point(place, self.text(value.encode()))
        elif layout == "table":
            self.point(place, self.table(value))
        elif layout == "tables":
            self.point(place, self.tables(value))
        else:
            self.point(place, self.numbers(layout[0], value))

    def text(self, value):
        self.align(4)
        at = len(self.data)
        self.data += struct.pack("<I", len(value)) + value + b"\0"
        return at

    def numbers(self, layout, values):
        # The elements after the count are aligned to their own size.
        self.data += bytes(-(len(self.data) + 4) % 8)
        at = len(self.data)
        self.data += struct.pack(f"<I{len(values)}{layout}", len(values), *values)
        return at

    def tables(self, values):
        self.align(4)
        at = len(self.data)
        self.data += struct.pack("<I", len(values)) + bytes(4 * len(values))
        for i, fields in enumerate(values):
            self.point(at + 4 + 4 * i, self.table(fields))
        return at


# Alignment and bytes of what lies in the table itself: numbers, and structs. The rest is pointed to.
INLINE = {"B": (1, 1), "H": (2, 2), "I": (4, 4), "i": (4, 4), "f": (4, 4), "Q": (8, 8),
          "HH": (2, 4), "32s": (1, 32)}


def _tensor_fields(t):
    return [("B", t["dtype"]), ("q[]", t["shape"]), ("q[]", t["strides"]), ("B", t["quantizer"]),
            ("B", t["level"]), ("B", t["jpeg_quality"]), ("f", t["scale"]), ("i", t["zero_point"]),
            ("Q", t["encoded_bytes"]), ("H", t["levels"]), ("Q", t["parameters"])]


def _model_fields(m):
    return [("text", m["name"]), ("I", m["version"]), ("32s", m["sha256"]),
            ("32s", m["frontier_hash"]), ("Q[]", m["parameters"])]


def _state_fields(m):
    return [("B", m["state"]), ("text", m["reason"]), ("Q[]", m["parameters"])]


# What an edge sends, and the welcome and the refusal that a cloud sends.
FIELDS = {
    "hello": lambda m: [
        ("Q", m["session"]), ("HH", m["protocol"]), ("HH", m["codec"]), ("HH", m["frontier_rule"]),
        ("text", m["edge"]), ("text", m["isa"]),
        ("tables", [_model_fields(model) for model in m["models"]]), ("Q", m["max_tensor"])],
    "welcome": lambda m: [
        ("Q", m["session"]), ("H", m["protocol"]), ("H", m["codec"]), ("H", m["frontier_rule"]),
        ("text", m["cloud"]), ("text", m["isa"]),
        ("tables", [_state_fields(model) for model in m["models"]]), ("Q", m["max_tensor"]),
        ("Q", m["max_inflight"]), ("I", m["heartbeat_ms"])],
    "request": lambda m: [
        ("Q", m["id"]), ("H", m["model"]), ("text", m["cut"]), ("I", m["budget_ms"]),
        ("tables", [_tensor_fields(tensor) for tensor in m["tensors"]]), ("B", m.get("open", 0))],
    "chunk": lambda m: [("Q", m["request"]), ("H", m["tensor"]), ("Q", m["offset"]), ("I", m["crc32"])],
    "ack": lambda m: [("Q", m["bytes"]), ("Q", m["received_us"])],
    "refusal": lambda m: [("Q", m["request"]), ("B", m["code"]), ("I", m["retry_after_ms"]),
                          ("text", m["reason"])],
    "cancel": lambda m: [("Q", m["request"])],
    "heartbeat": lambda m: [("Q", m["sent_us"]), ("Q", m["echo"]), ("I", m["queue_requests"]),
                            ("I", m["queue_us"])],
    "goodbye": lambda m: [],
    "end": lambda m: [("Q", m["request"]), ("Q[]", m["bytes"]), ("H", m.get("cut_short", 0))],
    "profile_request": lambda m: [("Q", m["request"]), ("H", m["model"])],
}


def encode(name, fields):
    """The header of a message; the counterpart of decode."""
    kind = 1 + [kind for kind, _ in KINDS].index(name)
    writer = _Writer()
    writer.data += bytes(4) + IDENTIFIER
    writer.point(0, writer.table([("B", kind), ("table", FIELDS[name](fields))]))
    return bytes(writer.data)
