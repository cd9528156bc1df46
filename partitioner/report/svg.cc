#include "partitioner/report/svg.h"

#include <cstdint>

#include <fmt/format.h>

namespace tideline {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

// The length of the character of UTF-8 at the beginning of `text` and whether XML allows it.
std::pair<size_t, bool> FirstCharacter(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) {
    return {1, first >= 0x20 || first == '\t' || first == '\n'};
  }
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) {
    return {1, false};
  }
  uint32_t code = first & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      return {1, false};
    }
    code = code << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = code < (length == 4 ? 0x10000U : length == 3 ? 0x800U : 0x80U);
  const bool none = (code >= 0xD800 && code <= 0xDFFF) || code == 0xFFFE || code == 0xFFFF ||
                    code > 0x10FFFF || (code >= 0x80 && code < 0xA0);
  return {overlong ? 1 : length, !overlong && !none};
}

std::string Title(std::string_view title) {
  return title.empty() ? "" : fmt::format("<title>{}</title>", Escape(title));
}

}  // namespace

std::string Escape(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const auto [length, allowed] = FirstCharacter(text);
    switch (allowed ? text.front() : '\0') {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      case '\0':
        escaped += kReplacement;
        break;
      default:
        escaped += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return escaped;
}

Svg::Svg(double width, double height, std::string_view label)
    : content_(fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\""
                           " width=\"{:.0f}\" height=\"{:.0f}\" role=\"img\" aria-label=\"{}\">\n",
                           width, height, width, height, Escape(label))) {}

void Svg::Rect(Point corner, Point size, std::string_view style, std::string_view title) {
  content_ += fmt::format(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\">{}</rect>\n",
      style, corner.first, corner.second, size.first, size.second, Title(title));
}

void Svg::Line(Point from, Point to, std::string_view style) {
  content_ +=
      fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                  style, from.first, from.second, to.first, to.second);
}

void Svg::Polyline(std::span<const Point> points, std::string_view style) {
  std::string list;
  for (const auto& [x, y] : points) {
    list += fmt::format("{}{:.1f},{:.1f}", list.empty() ? "" : " ", x, y);
  }
  content_ += fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", style, list);
}

void Svg::Path(const std::string& commands, std::string_view style) {
  content_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", style, commands);
}

void Svg::Circle(Point middle, double radius, std::string_view style, std::string_view title) {
  content_ +=
      fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\">{}</circle>\n",
                  style, middle.first, middle.second, radius, Title(title));
}

void Svg::Text(Point at, std::string_view style, std::string_view text, std::string_view title) {
  content_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}{}</text>\n", style,
                          at.first, at.second, Escape(text), Title(title));
}

std::string Svg::ToString() const { return content_ + "</svg>\n"; }

}  // namespace tideline
