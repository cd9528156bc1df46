#include "common/program/expression.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

constexpr char kBatch[] = "Symbol('s0', positive=True, integer=True)";

TEST(ExpressionTest, LinearFunctionsOfTheBatchAreRead) {
  const std::string batch = kBatch;
  EXPECT_EQ(*ParseSize("Integer(7)", "s0"), (Dim{7, 0}));
  EXPECT_EQ(*ParseSize(batch, "s0"), (Dim{0, 1}));
  EXPECT_EQ(*ParseSize("Mul(Integer(49), " + batch + ")", "s0"), (Dim{0, 49}));
  EXPECT_EQ(*ParseSize("Add(" + batch + ", Integer(-1))", "s0"), (Dim{-1, 1}));
  EXPECT_EQ(*ParseSize("Add(Mul(Integer(2), " + batch + "), " + batch + ", Integer(3))", "s0"),
            (Dim{3, 3}));
  EXPECT_EQ(*ParseSize("Mul(Integer(2), Add(" + batch + ", Integer(5)), Integer(3))", "s0"),
            (Dim{30, 6}));
}

TEST(ExpressionTest, OtherFunctionsAreRefused) {
  const std::string batch = kBatch;
  for (const std::string& text :
       {"Mul(" + batch + ", " + batch + ")", "FloorDiv(" + batch + ", Integer(2))",
        "Pow(" + batch + ", Integer(2))", "Mod(" + batch + ", Integer(2))",
        std::string("Symbol('s1', positive=True, integer=True)")}) {
    EXPECT_EQ(ParseSize(text, "s0").status().code(), absl::StatusCode::kUnimplemented) << text;
  }
}

TEST(ExpressionTest, WhatIsNoExpressionIsRefused) {
  for (const char* text :
       {"", "Integer()", "Integer(1", "Integer(1)x", "Integer(99999999999999999999)", "Symbol(",
        "Symbol('s0'", "Symbol('')", "Symbol(')')", "Add()", "Add(Integer(1),Integer(2))", "Mul(",
        "5", "-", "((((", "Integer(9000000000000000000)"}) {
    EXPECT_EQ(ParseSize(text, "s0").status().code(), absl::StatusCode::kDataLoss) << text;
  }
}

TEST(ExpressionTest, OverflowIsRefused) {
  const std::string large = "Integer(9000000000000000000)";
  EXPECT_FALSE(ParseSize("Add(" + large + ", " + large + ")", "s0").ok());
  EXPECT_FALSE(ParseSize("Mul(" + large + ", Integer(2))", "s0").ok());
  EXPECT_FALSE(ParseSize("Mul(" + large + ", Integer(2), Symbol('s0'))", "s0").ok());
}

TEST(ExpressionTest, DeepNestingIsRefused) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += "Add(";
  }
  EXPECT_EQ(ParseSize(text, "s0").status().code(), absl::StatusCode::kDataLoss);
}

TEST(ExpressionTest, APlainSymbolGivesItsName) {
  EXPECT_EQ(PlainSymbol(kBatch), "s0");
  EXPECT_EQ(PlainSymbol("Symbol('s31')"), "s31");
  EXPECT_EQ(PlainSymbol("Mul(Integer(2), Symbol('s0'))"), "");
  EXPECT_EQ(PlainSymbol("Symbol('s0') "), "");
  EXPECT_EQ(PlainSymbol("Integer(2)"), "");
}

}  // namespace
}  // namespace tideline
