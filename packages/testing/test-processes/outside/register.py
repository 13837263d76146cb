# Registers a user with nothing but Python's standard library, signed as SnapTrade's documents show. Prints status and body.
import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request

user_id, ensure_ascii = sys.argv[1], sys.argv[2] == "ensure_ascii"
path = "/snapTrade/registerUser"
query = f"clientId={os.environ['SNAPTRADE_CLIENT_ID']}&timestamp={int(time.time())}"
content = {"userId": user_id}
signed = json.dumps(
    {"content": content, "path": path, "query": query},
    separators=(",", ":"),
    sort_keys=True,
    ensure_ascii=ensure_ascii,
)
digest = hmac.new(os.environ["SNAPTRADE_CONSUMER_KEY"].encode(), signed.encode(), hashlib.sha256).digest()
request = urllib.request.Request(
    f"{os.environ['SNAPTRADE_BASE_URL']}{path}?{query}",
    data=json.dumps(content).encode(),
    headers={"Content-Type": "application/json", "Signature": base64.b64encode(digest).decode()},
    method="POST",
)
try:
    with urllib.request.urlopen(request) as response:
        print(response.status, response.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
