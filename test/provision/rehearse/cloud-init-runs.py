"""The log of the cloud-init of this machine when it runs the scripts of a directory: nothing else of a boot."""
import logging
import sys

from cloudinit import subp, util

logging.basicConfig(
    stream=sys.stdout,
    level=logging.DEBUG,
    force=True,
    format="%(asctime)s - %(filename)s[%(levelname)s]: %(message)s",
)
try:
    subp.runparts(sys.argv[1])
except RuntimeError:
    util.logexc(logging.getLogger(), "Running module scripts-user (...) failed")
