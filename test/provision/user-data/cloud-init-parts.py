"""What the cloud-init of this machine makes of user data: its parser alone, no boot stage, no network.

Reads lines of base64 on standard input; writes a line of JSON for each.
"""
import base64
import json
import logging
import sys
import tempfile

from cloudinit import handlers, user_data
from cloudinit.url_helper import UrlError

logging.disable(logging.CRITICAL)
fetched = []


class Paths:
    folder = tempfile.mkdtemp()

    def get_ipath_cur(self, _name=None):
        return self.folder


def refuse(url, **_):
    fetched.append(url)
    raise UrlError(OSError("not fetched"))


strict = user_data._handle_error


def handle_error(message, source=None):
    if not isinstance(source, UrlError):
        strict(message, source)


user_data.read_file_or_url = refuse
user_data._handle_error = handle_error


def parts_of(blob):
    processor = user_data.UserDataProcessor.__new__(user_data.UserDataProcessor)
    processor.paths = Paths()
    processor.ssl_details = {}
    found = []

    def note(_data, name, payload, headers):
        raw = payload if isinstance(payload, bytes) else payload.encode("utf-8", "surrogateescape")
        found.append(
            {"type": headers["Content-Type"], "name": name, "bytes": base64.b64encode(raw).decode()}
        )

    handlers.walk(processor.process(blob), note, None)
    return found


for line in sys.stdin:
    fetched.clear()
    try:
        answer = {"parts": parts_of(base64.b64decode(line)), "urls": list(fetched)}
    except Exception as error:  # what cloud-init throws ends the handling of all user data
        answer = {"error": repr(error)}
    print(json.dumps(answer))
