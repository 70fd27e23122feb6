"""What `cloud-init schema` of this machine says of files, in one process: no boot stage, no network.

Reads lines of base64 on standard input, each the content of a file; writes a line of JSON for each.
"""
import base64
import contextlib
import io
import json
import logging
import os
import sys
import tempfile

from cloudinit.config import schema

logging.disable(logging.CRITICAL)
SCHEMA = schema.get_schema()
PATH = os.path.join(tempfile.mkdtemp(), "config.yaml")


def verdict(content):
    with open(PATH, "wb") as file:
        file.write(content)
    try:
        # It prints what is deprecated.
        with contextlib.redirect_stdout(io.StringIO()):
            schema.validate_cloudconfig_file(PATH, SCHEMA, annotate=False)
    except schema.SchemaValidationError as error:
        problems = [[problem[0], problem[1][:300]] for problem in error.schema_errors or []]
        whole = any(path.startswith("format-l") for path, _ in problems)
        return {"whole": whole, "refused": problems}
    except Exception as error:  # the command shows this one, too, and ends with 1
        return {"whole": True, "refused": [["", repr(error)]]}
    return {"whole": False, "refused": []}


for line in sys.stdin:
    print(json.dumps(verdict(base64.b64decode(line))))
