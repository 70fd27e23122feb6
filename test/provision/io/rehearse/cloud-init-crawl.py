"""What the EC2 data source of this machine's cloud-init finds at a metadata service, as JSON: its crawler alone, no
stage of a boot. The arguments are the address of the service, and which cloud the crawler takes this for.
"""
import base64
import json
import logging
import sys
import tempfile

from cloudinit import helpers
from cloudinit.sources.DataSourceEc2 import DataSourceEc2

logging.disable(logging.CRITICAL)
url, cloud = sys.argv[1:]
folder = tempfile.TemporaryDirectory()
own = {"metadata_urls": [url], "max_wait": 3, "timeout": 2}
source = DataSourceEc2(
    {"datasource": {"Ec2": own}}, None, helpers.Paths({"cloud_dir": folder.name, "run_dir": folder.name})
)
# It would look into the firmware of this machine.
source._cloud_name = cloud

crawled = source.crawl_metadata()
source.metadata = crawled.get("meta-data")
source.identity = crawled.get("dynamic", {}).get("instance-identity", {}).get("document", {})
user_data = crawled.get("user-data", b"")
json.dump(
    {
        "version": crawled.get("_metadata_api_version"),
        "metadata": source.metadata,
        "identity": source.identity,
        "userData": base64.b64encode(user_data if isinstance(user_data, bytes) else user_data.encode()).decode(),
        "summary": source.metadata and {
            "id": source.get_instance_id(),
            "zone": source.availability_zone,
            "region": source.region,
            "launchIndex": source.launch_index,
            "keys": source.get_public_ssh_keys(),
        },
    },
    sys.stdout,
    default=lambda value: value.decode() if isinstance(value, bytes) else str(value),
)
