"""What the stand-ins for a receiver share: their options, the port file, the record, the printing."""

import argparse
import json
import sys


def boxed(lines):
    rows = [row for line in lines for row in line.split("\n")]
    rule = "  +" + "-" * 76
    return "\n".join([rule] + ["  | " + row for row in rows] + [rule])


def run(description, make_server, describe):
    """Serves until interrupted. make_server(address, on_arrival) gives the server; what arrives is a dict."""
    parser = argparse.ArgumentParser(description=description.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, default=0, help="on the loopback address; 0: any free one")
    parser.add_argument("--port-file", help="write the port here once it listens")
    parser.add_argument("--record", help="append what arrives to this file, one line of JSON each")
    options = parser.parse_args()

    def on_arrival(arrived):
        print(boxed(describe(arrived)), flush=True)
        if options.record:
            with open(options.record, "a", encoding="utf-8") as record:
                record.write(json.dumps(arrived) + "\n")

    server = make_server(("127.0.0.1", options.port), on_arrival)
    port = server.server_address[1]
    if options.port_file:
        with open(options.port_file, "w", encoding="utf-8") as port_file:
            port_file.write("%d\n" % port)
    print("listening on 127.0.0.1:%d" % port, file=sys.stderr, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
