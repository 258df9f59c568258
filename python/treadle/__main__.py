"""python -m treadle embed ARTIFACT TEXT..."""

import argparse
import json
import sys

import treadle


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m treadle", description=treadle.__doc__.split("\n")[0]
    )
    parser.add_argument("--version", action="version", version=treadle.__version__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    embed = verbs.add_parser("embed", help="print the embedding of each text, a JSON array a line")
    embed.add_argument("artifact", help="a compiled sentence encoder, NAME.treadle")
    embed.add_argument("texts", nargs="+", metavar="text")
    embed.add_argument("-t", "--threads", type=int, help="threads of a call")
    options = parser.parse_args(arguments)

    try:
        model = treadle.load(options.artifact, options.threads)
        for row in model.embed(options.texts):
            print(json.dumps(row.tolist()))
    except treadle.Error as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
