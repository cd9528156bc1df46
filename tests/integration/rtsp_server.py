"""An RTSP camera with a moving ball, H.264 of 320x240 at 25 frames per second, by GStreamer's server.

    /usr/bin/python3 rtsp_server.py PORT USER PASSWORD

serves rtsp://127.0.0.1:PORT/door to who has the password, and prints a line when it does. Debian's
own Python runs it, whose packages GStreamer's bindings belong to.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

PIPELINE = ("( videotestsrc is-live=true pattern=ball ! "
            "video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! "
            "openh264enc gop-size=25 ! rtph264pay name=pay0 config-interval=1 )")
ROLE = "viewer"


def authenticate(server, factory, user, password):
    """Who has them may look, and nobody else."""
    permissions = GstRtspServer.RTSPPermissions()
    for permission in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role(ROLE, permission, True)
    factory.set_permissions(permissions)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)


def main():
    port, user, password = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE)
    factory.set_shared(True)
    authenticate(server, factory, user, password)
    server.get_mount_points().add_factory("/door", factory)
    if server.attach(None) == 0:
        sys.exit(f"cannot listen on port {port}")
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
