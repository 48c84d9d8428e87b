"""Changes small JPEGs in every way, and compares what libjpeg and gumbel-jpeg read from each.

    cargo build --release -p gumbel-jpeg --examples
    python tests/golden/mutate.py target/release/examples/coefficients [SEED [ROUNDS]]

Needs a C compiler and libjpeg's header (Debian: libjpeg-dev). The seed (default 0) determines the changes, a set
for each round (default 1) and each file. If both read a file, steps and coefficients must be the same, whether
libjpeg warns or not. If only one reads a file, without a warning, the reason must be one of those below; any other
reason is printed, and the script fails.
"""

import collections
import os
import random
import re
import struct
import subprocess
import sys
import tempfile

from compare import answers, components, ours, same

HERE = os.path.dirname(os.path.abspath(__file__))

# Read by libjpeg without a warning, refused here: reasons by the kind of the error.
REFUSED = {
    "RGB components": "not YCbCr, not supported yet",
    "CMYK": "four components, not supported yet",
    "number of components": "two components, or more than four, not supported yet",
    "sampling layout": "a luma that is not 1, 2 or 4 times the chroma, not supported yet",
    "height after the first scan": "libjpeg ignores the segment that changes the height",
    "data left over": "libjpeg does not check bytes that it buffered before the scan ended",
    "scans out of order": "libjpeg lets a scan overwrite what an earlier scan sent",
    "coefficients not sent": "libjpeg sets coefficients to zero that no scan sent",
    "coefficient too large": "libjpeg clips coefficients that no 8-bit samples have",
    "run of zeros too long": "libjpeg writes coefficients beyond the end of a block into its last place",
    "quantisation step of 0": "T.81 forbids it; libjpeg multiplies by it",
    "precision of a quantisation table": "T.81 has 0 and 1; libjpeg treats others as 1",
    "over a limit": "more scans than the limits allow",
}

# Read here without a warning; libjpeg reads the same coefficients with a warning.
WARNED = {
    r"Premature end of JPEG file": "no end marker after complete data",
    r"Corrupt JPEG data: \d+ extraneous bytes before marker": "bytes outside segments",
    r"Unknown Adobe color transform code": "three components are YCbCr anyway",
    r"Invalid SOS parameters for sequential JPEG": "a sequential scan has all coefficients, whatever its header says",
    r"Warning: unknown JFIF revision number": "nothing is read from a JFIF segment",
}

# Read here, refused by libjpeg.
TAKEN = {
    r"Maximum supported image dimension is 65500": "T.81 has 65535",
    r"Bogus Huffman table definition": "a DC table with symbols above 15, which the data does not use",
    r"Bogus DAC": "the parameters of arithmetic coding are not checked",
    r"Bogus marker length": "the length of a segment for arithmetic coding is not checked",
}


def segments(jpeg):
    """Start and end of each segment, a scan with its data, and the end marker."""
    at, found = 2, []
    while at + 4 <= len(jpeg):
        end = min(at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big"), len(jpeg))
        if jpeg[at + 1] == 0xDA:
            marker = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL).search(jpeg, end)
            end = marker.start() if marker else len(jpeg)
        found.append((at, end))
        at = end
    return found + [(at, len(jpeg))]


def number(value):
    return value.to_bytes(2, "big")


def mutations(jpeg, rng):
    """Names and contents of changed files: every kind of change, at some positions and with some bytes."""
    parts = segments(jpeg)
    pieces = [jpeg[start:end] for start, end in parts]
    joined = lambda pieces: jpeg[:2] + b"".join(pieces)
    scans = [i for i, piece in enumerate(pieces) if piece[1:2] == b"\xda"]
    frame = next(i for i, piece in enumerate(pieces) if piece[1:2] in (b"\xc0", b"\xc1", b"\xc2"))
    height = int.from_bytes(pieces[frame][5:7], "big")
    header = [
        at
        for i, (start, end) in enumerate(parts)
        for at in range(start, min(start + 14, end) if i in scans else end)
    ]
    data = [at for i in scans for at in range(parts[i][0] + 14, parts[i][1])]

    def changed(at, byte):
        return jpeg[:at] + bytes([byte]) + jpeg[at + 1 :]

    for at in rng.sample(header, min(90, len(header))):
        yield "a bit of a header", changed(at, jpeg[at] ^ 1 << rng.randrange(8))
        yield "a byte of a header", changed(at, rng.randrange(256))
    # The most important headers, byte by byte.
    for i in [frame, scans[0]]:
        for at in range(parts[i][0], parts[i][0] + min(len(pieces[i]), 20)):
            yield "a byte of a frame or a scan", changed(at, rng.choice([0, 1, 2, 3, 255, jpeg[at] ^ 3]))
    for at in rng.sample(data, min(40, len(data))):
        yield "a bit of data", changed(at, jpeg[at] ^ 1 << rng.randrange(8))
    for _ in range(12):
        at = rng.randrange(2, len(jpeg))
        yield "cut", jpeg[:at]
        yield "cut and ended", jpeg[:at] + b"\xff\xd9"
        yield "bytes left out", jpeg[:at] + jpeg[at + rng.randrange(1, 4) :]
        yield "bytes put in", jpeg[:at] + rng.randbytes(rng.randrange(1, 4)) + jpeg[at:]
    for i in range(len(pieces)):
        yield "segment left out", joined(pieces[:i] + pieces[i + 1 :])
        j = rng.randrange(len(pieces))
        yield "segment doubled", joined(pieces[:j] + [pieces[i]] + pieces[j:])
        other = pieces[:i] + pieces[i + 1 :]
        yield "segment moved", joined(other[:j] + [pieces[i]] + other[j:])
        length = int.from_bytes(pieces[i][2:4], "big")
        for new in [0, 1, 2, length - 1, length + 1, length + 2, rng.randrange(65536)]:
            piece = pieces[i][:2] + number(max(new, 0)) + pieces[i][4:]
            yield "length of a segment", joined(pieces[:i] + [piece] + pieces[i + 1 :])
    filling = {
        "fill bytes": [b"\xff", b"\xff\xff\xff"],
        "zeros": [b"\0", b"\0" * 20],
        "garbage": [rng.randbytes(1), rng.randbytes(5), rng.randbytes(30), b"\xff\0", b"\xff\0\x80"],
        "lone markers": [b"\xff\xd0", b"\xff\xd7\xff\xd0", b"\xff\x01", b"\xff\xd8", b"\xff\xd0\x01"],
        "empty tables": [b"\xff\xc4\0\2", b"\xff\xdb\0\2", b"\xff\xc4\0\x13\3" + b"\0" * 16],
        "empty tables in use": [b"\xff\xc4\0\x13\0" + b"\0" * 16, b"\xff\xc4\0\x13\x10" + b"\0" * 16],
        "unused tables": [b"\xff\xdb\0\x43\3" + b"\0" * 64, b"\xff\xc4\0\x16\3\3" + b"\0" * 15 + b"abc"],
        "heights": [b"\xff\xdc\0\4" + number(height), b"\xff\xdc\0\4" + number(height + 8)],
        "segments to skip": [b"\xff\xfe\0\0", b"\xff\xfe\0\1", b"\xff\xfe\0\2", b"\xff\xed\0\5abc"],
        "JFIF and Adobe": [
            b"\xff\xee\0\x0eAdobe\0d\0\0\0\0" + bytes([rng.choice([0, 1, 2, 3, 200])]),
            b"\xff\xe0\0\x10JFIF\0" + bytes([rng.choice([1, 2])]) + b"\1\0\0\1\0\1\0\0",
            b"\xff\xe0\0\x09JFIF\0\1\1",
        ],
        "arithmetic conditioning": [b"\xff\xcc\0\4\0\x10", b"\xff\xcc\0\4\0\1", b"\xff\xcc\0\3\0"],
        "other markers": [b"\xff" + bytes([rng.randrange(2, 255)]) + b"\0\4ab"],
        "restart interval": [b"\xff\xdd\0\4\0" + bytes([rng.choice([0, 1, 200])])],
    }
    for name, all_new in filling.items():
        for new in all_new:
            for i in rng.sample(range(len(pieces)), 2) + [len(pieces) - 1]:
                yield name, joined(pieces[:i] + [new] + pieces[i:])


def theirs(program, paths):
    """What libjpeg reads from each file: a verdict of 0 to 3, its message, and the components if it reads it."""
    take = answers(program, paths)
    for _ in paths:
        verdict, length = struct.unpack("<II", take(8))
        message = take(length).decode()
        yield verdict, message, components(take) if verdict < 2 else None


def reason(table, text):
    return next((why for pattern, why in table.items() if re.search(pattern, text)), None)


def judge(found, verdict, message, expected):
    """Whether the two agree, as text; the second value is False if they differ without a known reason."""
    if verdict == 3:
        return "larger than is tried", True
    if isinstance(found, str):
        kind = found.split(": ")[0]
        if verdict == 2:
            return "both refuse", True
        if verdict == 1:
            return "libjpeg warns, refused here: " + re.sub(r"\d+|0x\w+", "N", message.split("; ")[0]), True
        return f"refused here: {kind}: {REFUSED.get(kind, 'WHY?')}", kind in REFUSED
    if verdict == 2:
        why = reason(TAKEN, message)
        return f"libjpeg refuses: {why or message}", why is not None
    if not same(found, expected):
        return "OTHER COEFFICIENTS", False
    if verdict == 0:
        return "both read, the same coefficients", True
    reasons = [reason(WARNED, warning) for warning in message.split("; ")]
    return f"libjpeg warns, the same coefficients: {reasons[0] or message}", None not in reasons


def main(program, seed="0", rounds="1"):
    files = [os.path.join(HERE, "files"), os.path.join(HERE, "..", "field")]
    files = sorted(os.path.join(folder, name) for folder in files for name in os.listdir(folder))
    counts, kinds, unknown = collections.Counter(), collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        peer = os.path.join(folder, "libjpeg")
        subprocess.run(["cc", "-O2", "-o", peer, os.path.join(HERE, "libjpeg.c"), "-ljpeg"], check=True)
        for round in range(int(rounds)):
            for file in files:
                name = os.path.basename(file)
                rng = random.Random(f"{seed} {round} {name}")
                made = list(mutations(open(file, "rb").read(), rng))
                paths = []
                for i, (_, content) in enumerate(made):
                    paths.append(os.path.join(folder, f"{i}.jpg"))
                    with open(paths[-1], "wb") as out:
                        out.write(content)
                for (kind, content), found, (verdict, message, expected) in zip(
                    made, ours(program, paths), theirs(peer, paths), strict=True
                ):
                    kinds[kind] += 1
                    words, known = judge(found, verdict, message, expected)
                    counts[words] += 1
                    if not known:
                        found = found if isinstance(found, str) else "read"
                        unknown.append((f"{name}: {kind}: {words}: libjpeg: {message or 'read'}; here: {found}", content))
    for title, counter in [("changes", kinds), ("verdicts", counts)]:
        print(f"{title}: {sum(counter.values())}")
        for words, count in counter.most_common():
            print(f"{count:8} {words}")
    for number, (words, content) in enumerate(unknown):
        if number < 40:
            print(words)
        keep = os.environ.get("KEEP")
        if keep:
            with open(os.path.join(keep, f"{number}.jpg"), "wb") as out:
                out.write(content)
    print(f"{len(unknown)} without a reason")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
