#include "common/program/module_path.h"

#include <gtest/gtest.h>

namespace tideline {
namespace {

TEST(ModulePathTest, TheInnermostModuleCounts) {
  EXPECT_EQ(ModulePath("L__self__,,net.Net;L__self__features,features,torch.nn.Sequential;"
                       "L__self__features.0,features.0,torch.nn.Conv2d"),
            "features.0");
}

TEST(ModulePathTest, TheNetworksOwnForwardHasNone) {
  EXPECT_EQ(ModulePath("L__self__,,net.Net"), "");
  EXPECT_EQ(ModulePath(""), "");
  EXPECT_EQ(ModulePath("_empty_nn_module_stack_from_metadata_hook,"
                       "_empty_nn_module_stack_from_metadata_hook,"
                       "_empty_nn_module_stack_from_metadata_hook"),
            "");
}

TEST(ModulePathTest, LaterCallsOfAModuleHaveItsName) {
  EXPECT_EQ(ModulePath("L__self__,,n;L__self__layer1.0.relu@1,layer1.0.relu@1,r"), "layer1.0.relu");
  EXPECT_EQ(ModulePath("L__self__,,n;L__self__a@2.b,a@2.b,r"), "a.b");
  EXPECT_EQ(ModulePath("L__self__,,n;L__self__a@b,a@b,r"), "a@b");
}

TEST(ModulePathTest, KeysMayBePythonExpressions) {
  EXPECT_EQ(ModulePath("L['self'],,n;getattr(L['self'], 'a;b'),a_b,r"), "a_b");
}

TEST(ModulePathTest, OtherTextGivesNone) {
  EXPECT_EQ(ModulePath("one,two"), "");
  EXPECT_EQ(ModulePath(";;;,"), "");
  EXPECT_EQ(ModulePath("((((,,"), "");
}

}  // namespace
}  // namespace tideline
