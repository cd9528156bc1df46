#include "tests/partitioner/report/well_formed.h"

#include <cctype>
#include <vector>

#include <fmt/format.h>

namespace tideline {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::string Read() {
    while (error_.empty() && at_ < text_.size()) {
      text_[at_] == '<' ? ReadTag() : ReadCharacter("text");
    }
    if (error_.empty() && !open_.empty()) {
      Fail("<" + open_.back() + "> is never closed");
    }
    return error_;
  }

 private:
  void Fail(const std::string& what) {
    if (error_.empty()) {
      error_ = fmt::format("byte {}: {}", at_, what);
    }
  }

  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void ReadCharacter(const char* where) {
    if (Next() == '&') {
      const std::string_view rest = text_.substr(at_);
      for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
        if (rest.starts_with(entity)) {
          at_ += entity.size();
          return;
        }
      }
      return Fail(fmt::format("'&' in {}", where));
    }
    const auto c = static_cast<unsigned char>(Next());
    if (c == '>' || c == '<' || (c < 0x20 && c != '\n' && c != '\t')) {
      return Fail(fmt::format("character {} in {}", c, where));
    }
    ++at_;
  }

  std::string ReadName() {
    std::string name;
    while (std::isalnum(static_cast<unsigned char>(Next())) || Next() == '-' || Next() == ':') {
      name += text_[at_++];
    }
    return name.empty() ? (Fail("a name is missing"), "?") : name;
  }

  void ReadTag() {
    constexpr std::string_view kDocument = "<!DOCTYPE html>";
    if (at_ == 0 && text_.starts_with(kDocument)) {
      at_ = kDocument.size();
      return;
    }
    ++at_;
    const bool closes = Next() == '/';
    at_ += closes ? 1 : 0;
    const std::string name = ReadName();
    if (closes) {
      if (open_.empty() || open_.back() != name) {
        return Fail("</" + name + "> closes nothing");
      }
      open_.pop_back();
    } else if (!ReadAttributes()) {
      open_.push_back(name);
    }
    if (Next() != '>') {
      return Fail("'>' is missing");
    }
    ++at_;
  }

  // Whether the tag closes itself.
  bool ReadAttributes() {
    while (error_.empty() && Next() == ' ') {
      ++at_;
      ReadName();
      if (!text_.substr(at_).starts_with("=\"")) {
        Fail("an attribute has no quotes");
        return false;
      }
      at_ += 2;
      while (error_.empty() && Next() != '"') {
        ReadCharacter("an attribute");
      }
      ++at_;
    }
    const bool closed = Next() == '/';
    at_ += closed ? 1 : 0;
    return closed;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<std::string> open_;
  std::string error_;
};

}  // namespace

std::string WhatIsMalformed(std::string_view text) { return Reader(text).Read(); }

}  // namespace tideline
