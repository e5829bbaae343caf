"""What letters say, by Python's own reader of e-mail: for the tests.

usage: python3 read.py FOLDER
Prints one JSON array of the letters in a folder of files NUMBER.eml, in their order. Whatever the reader finds wrong with
the form of one is among its defects.
"""

import json
import sys
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from pathlib import Path



def name_of(file, header):
    """The name before an address. The reader's own way with a name in several encoded words adds spaces between them."""
    raw = BytesParser(policy=policy.compat32).parsebytes(file.read_bytes())[header]
    name = " ".join(raw.rsplit("<", 1)[0].split())
    return str(make_header(decode_header(name))) if name.startswith("=?") else name.strip('"')


def scheduling_of(message):
    """What a calendar program finds: the parts of the body in its type, and the files of its type that go along."""
    files = list(message.iter_attachments())
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar" and part not in files]
    return [
        {
            "method": part["Content-Type"].params.get("method"),
            "charset": part.get_content_charset(),
            "text": part.get_payload(decode=True).decode(),
            "files": [file.get_payload(decode=True).decode() for file in files if file.get_content_type() == "application/ics"],
        }
        for part in parts
    ]


letters = []
for file in sorted(Path(sys.argv[1]).glob("*.eml")):
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    defects = [repr(defect) for part in message.walk() for defect in part.defects]
    defects += [repr(defect) for value in message.values() for defect in getattr(value, "defects", [])]
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    [sender] = message["From"].addresses
    [receiver] = message["To"].addresses
    letters.append({
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "from": [name_of(file, "From"), sender.addr_spec],
        "to": [name_of(file, "To"), receiver.addr_spec],
        "subject": str(message["Subject"]),
        "text": text.get_content().replace("\r\n", "\n"),
        "html": html.get_content().replace("\r\n", "\n"),
        "attachments": [
            {"name": part.get_filename(), "type": part.get_content_type(), "size": len(part.get_payload(decode=True))}
            for part in message.iter_attachments()
        ],
        "scheduling": scheduling_of(message),
        "longest_line": max(len(line) for line in file.read_bytes().split(b"\r\n")),
        "defects": defects,
        "envelope": json.loads(file.with_suffix(".json").read_text()),
    })
json.dump(letters, sys.stdout)
