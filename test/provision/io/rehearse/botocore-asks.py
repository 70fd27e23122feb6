"""Where botocore finds credentials and a Region when nobody gives it any, as JSON."""
import json
import sys

from botocore.session import Session
from botocore.utils import IMDSRegionProvider

session = Session()
credentials = session.get_credentials()
json.dump(
    {
        "region": IMDSRegionProvider(session).provide(),
        "method": credentials and credentials.method,
        "key": credentials and credentials.access_key,
        "secret": credentials and credentials.secret_key,
        "token": credentials and credentials.token,
    },
    sys.stdout,
)
