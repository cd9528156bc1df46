#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/cmake/precompiled.h"
