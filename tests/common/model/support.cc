#include "tests/common/model/support.h"

#include <filesystem>

#include "gtest/gtest.h"

namespace tideline {

TemporaryFolder::TemporaryFolder() : path_(testing::TempDir() + "tideline_model_XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error("cannot make a temporary folder " + path_);
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryFolder::Write(const std::string& name, const std::string& content) const {
  std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
  const absl::Status status = WriteFileAtomically(Path(name), content);
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace tideline
