# SPDX-License-Identifier: MIT
"""The SMTP server of a Python library; each message it takes is a line
"message " and its bytes in hexadecimal.
usage: smtp_server.py aiosmtpd | smtpd PORT"""
import asyncio
import sys
import warnings

kind, port = sys.argv[1], int(sys.argv[2])


def tell(content):
    print("message " + content.hex(), flush=True)


async def serve_aiosmtpd():
    from aiosmtpd.smtp import SMTP

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            tell(envelope.content)
            return "250 OK"

    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler()), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


def serve_smtpd():
    warnings.simplefilter("ignore")  # Python 3.12 has neither of them
    import asyncore
    import smtpd

    class Server(smtpd.SMTPServer):
        def process_message(self, peer, mailfrom, rcpttos, data, **more):
            tell(data)

    Server(("127.0.0.1", port), None)
    print("ready", flush=True)
    asyncore.loop()


if kind == "aiosmtpd":
    asyncio.run(serve_aiosmtpd())
else:
    serve_smtpd()
