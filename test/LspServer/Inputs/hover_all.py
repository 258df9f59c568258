"""Points at every operation of the dialect in a file and prints what the server shows.

    python3 hover_all.py treadle-lsp-server FILE

speaks to the server as an editor does. Prints the operations, and then exits with 1 when
one of them was shown without its section of the specification.
"""

import json
import re
import subprocess
import sys

URI = "test:///file.mlir"


def encode(**message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def read_replies(stream):
    while stream:
        header, _, stream = stream.partition(b"\r\n\r\n")
        length = int(header.removeprefix(b"Content-Length: "))
        message = json.loads(stream[:length])
        stream = stream[length:]
        if "id" in message:
            yield message["id"], message["result"]


def main():
    server, path = sys.argv[1:]
    text = open(path).read()
    requests = [encode(id=0, method="initialize", params={"capabilities": {}})]
    document = {"uri": URI, "languageId": "mlir", "version": 1, "text": text}
    requests.append(encode(method="textDocument/didOpen", params={"textDocument": document}))
    names = {}  # By the number of the request.
    for row, line in enumerate(text.splitlines()):
        # Not `#treadle.mask`, and not the name of an attribute, `treadle.stage =`.
        for match in re.finditer(r"(?<![#!\w.])treadle\.[a-z]\w*\b(?! =)", line.split("//")[0]):
            number = len(names) + 1
            names[number] = match[0]
            position = {"line": row, "character": match.start() + 1}
            requests.append(
                encode(id=number, method="textDocument/hover",
                       params={"textDocument": {"uri": URI}, "position": position})
            )  # fmt: skip
    requests.append(encode(id=len(names) + 1, method="shutdown"))
    requests.append(encode(method="exit"))
    result = subprocess.run(
        [server, "--log=error"], input=b"".join(requests), stdout=subprocess.PIPE, check=True
    )
    shown, bad = set(), set()
    for number, hover in read_replies(result.stdout):
        if number not in names:
            continue
        name = names[number]
        value = hover["contents"]["value"] if hover else ""
        # A section has an equation, or words alone where there is nothing to compute.
        told = value.partition("Generic Form:")[0].removeprefix(f'"{name}"').strip()
        if len(told) > 40:
            shown.add(name + (" with an equation" if "```text" in told else ""))
        else:
            bad.add(name)
    for name in sorted(shown):
        print(name)
    for name in sorted(bad):
        print(f"nothing is told of {name}")
    return int(bool(bad) or not shown)


if __name__ == "__main__":
    sys.exit(main())
