#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tideline {

// `text` as it may stand in HTML and XML: markup is escaped, and what is no UTF-8 or no character
// of XML is replaced, so that a document stays well formed whatever names a file holds.
std::string Escape(std::string_view text);

// A picture that is put into a page. Lengths are in pixels of the view box, classes are those of
// the page's style, every text is escaped. Thread-compatible.
class Svg {
 public:
  using Point = std::pair<double, double>;

  // `label` says to who cannot see it what the picture shows.
  Svg(double width, double height, std::string_view label);

  // With `title` not empty it is shown where a pointer rests.
  void Rect(Point corner, Point size, std::string_view style, std::string_view title = "");
  void Line(Point from, Point to, std::string_view style);
  void Polyline(std::span<const Point> points, std::string_view style);
  void Path(const std::string& commands, std::string_view style);  // of numbers and letters alone
  void Circle(Point middle, double radius, std::string_view style, std::string_view title = "");
  void Text(Point at, std::string_view style, std::string_view text, std::string_view title = "");

  std::string ToString() const;

 private:
  std::string content_;
};

}  // namespace tideline
