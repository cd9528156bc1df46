"""Cameras on the network."""

import http.server
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
