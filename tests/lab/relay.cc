#include <iostream>
#include <istream>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include "boost/asio/posix/stream_descriptor.hpp"
#include "boost/asio/read_until.hpp"
#include "boost/asio/streambuf.hpp"
#include "nlohmann/json.hpp"

#include "CLI/CLI.hpp"
#include "tests/lab/control.h"

// The lab's link: runs until its standard input ends, answers the commands that come there, and
// ends with what it counted.
namespace tideline::lab {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxCommand = 64 << 10;  // bytes

// Before everything else that wants the processor, as far as this process may; says which it got.
std::string TakePrecedence() {
  const sched_param first{.sched_priority = 20};
  if (sched_setscheduler(0, SCHED_FIFO, &first) == 0) {
    return "fifo";
  }
  return setpriority(PRIO_PROCESS, 0, -20) == 0 ? "nice" : "normal";
}

class Console {
 public:
  Console(asio::io_context& io, Control& control)
      : io_(io), control_(control), input_(io, dup(STDIN_FILENO)), buffer_(kMaxCommand) {
    Read();
  }

 private:
  void Read() {
    asio::async_read_until(input_, buffer_, '\n', [this](boost::system::error_code error, size_t) {
      if (error) {
        io_.stop();
        return;
      }
      std::istream lines(&buffer_);
      std::string line;
      std::getline(lines, line);
      std::cout << control_.Answer(line) << std::endl;
      Read();
    });
  }

  asio::io_context& io_;
  Control& control_;
  asio::posix::stream_descriptor input_;
  asio::streambuf buffer_;
};

int Run(const RelayOptions& options) {
  asio::io_context io(/*concurrency_hint=*/1);
  const bool user_space = !options.listen.empty();
  auto relay = user_space ? MakeStreamRelay(io, options) : MakeTunRelay(io, options);
  if (!relay.ok()) {
    std::cerr << "lab_relay: " << relay.status().message() << std::endl;
    return 1;
  }
  Control control(**relay);
  const Console console(io, control);
  const nlohmann::json ready = {{"relay", user_space ? "user space: streams" : "tun: packets"},
                                {"listens", (*relay)->listens()},
                                {"scheduling", TakePrecedence()}};
  std::cout << ready.dump() << std::endl;
  io.run();
  std::cout << control.Stats() << std::endl;
  return 0;
}

}  // namespace
}  // namespace tideline::lab

int main(int argc, char** argv) {
  tideline::lab::RelayOptions options;
  CLI::App app(
      "Joins two network namespaces, or a listening address and a target, by a link whose "
      "settings change by JSON lines on standard input (tests/lab/control.h).");
  app.add_option("--edge", options.edge, "network namespace of the edge");
  app.add_option("--cloud", options.cloud, "network namespace of the cloud")->needs("--edge");
  app.add_option("--device", options.device, "name of the TUN device in both")->needs("--cloud");
  app.add_option("--listen", options.listen, "ADDRESS:PORT of the user-space relay")
      ->excludes("--edge");
  app.add_option("--target", options.target, "ADDRESS:PORT it connects to")->needs("--listen");
  app.add_option("--seed", options.seed, "of jitter, loss and reordering");
  CLI11_PARSE(app, argc, argv);
  if (options.device.empty() == options.target.empty()) {
    std::cerr << "lab_relay: give --edge, --cloud and --device, or --listen and --target\n";
    return 2;
  }
  return tideline::lab::Run(options);
}
