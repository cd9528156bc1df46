#include <cstdio>
#include <string>

#include "common/base/file.h"
#include "protocol/messages.h"
#include "tests/protocol/examples.h"

// Writes every example into DIRECTORY/NAME.bin, for wire_format.py to read.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: wire_golden DIRECTORY\n", stderr);
    return 2;
  }
  for (const auto& [name, header] : tideline::wire::Examples()) {
    const auto bytes = tideline::wire::EncodeHeader(header);
    if (!bytes.ok() ||
        !tideline::WriteFileAtomically(std::string(argv[1]) + "/" + name + ".bin", *bytes).ok()) {
      std::fprintf(stderr, "%s: cannot write\n", name.c_str());
      return 1;
    }
  }
  return 0;
}
