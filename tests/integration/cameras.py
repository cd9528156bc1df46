"""Cameras on the network."""

import http.server
import pathlib
import signal
import subprocess
import threading


class NetworkCamera:
    """Motion JPEG over HTTP, as such cameras have it: these JPEG files again and again."""

    def __init__(self, port, files, pause=0.005):
        self.closing = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    while not outer.closing.is_set():
                        for file in files:
                            head = ("--frame\r\nContent-Type: image/jpeg\r\n"
                                    f"Content-Length: {len(file)}\r\n\r\n")
                            self.wfile.write(head.encode() + file + b"\r\n")
                            if outer.closing.wait(pause):
                                return
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/live.mjpg"
        self.thread.start()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class RtspCamera:
    """GStreamer's RTSP server as a process, with a password in the address."""

    PYTHON = "/usr/bin/python3"
    USER, PASSWORD = "door", "open-sesame"

    @classmethod
    def missing(cls):
        """Why there is none here; "" where there is one."""
        probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
        try:
            found = subprocess.run([cls.PYTHON, "-c", probe], capture_output=True).returncode == 0
        except OSError:
            found = False
        return "" if found else "no GStreamer RTSP server here: deploy/setup.sh --tests installs it"

    @classmethod
    def url(cls, port, password=PASSWORD):
        return f"rtsp://{cls.USER}:{password}@127.0.0.1:{port}/door"

    def __init__(self, port):
        script = pathlib.Path(__file__).with_name("rtsp_server.py")
        self.process = subprocess.Popen(
            [self.PYTHON, str(script), str(port), self.USER, self.PASSWORD],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.kill()
            raise AssertionError(f"the RTSP server ended with {self.process.returncode}")

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
