#include "app/file_limit.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace tocsin::app {
namespace {

TEST(FileLimit, ConnectionsLeaveEnoughForTheRest) {
  EXPECT_EQ(ConnectionsMax(1'048'576, 4096), 4096U);
  EXPECT_EQ(ConnectionsMax(RLIM_INFINITY, 4096), 4096U);
  EXPECT_EQ(ConnectionsMax(4608, 4096), 4096U);
  EXPECT_EQ(ConnectionsMax(4607, 4096), 4095U);
  EXPECT_EQ(ConnectionsMax(1024, 4096), 512U);
  EXPECT_EQ(ConnectionsMax(1023, 4096), 511U);
  EXPECT_EQ(ConnectionsMax(256, 4096), 128U);
  EXPECT_EQ(ConnectionsMax(1024, 100), 100U);
}

TEST(FileLimit, IsRaisedAsFarAsItMay) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 128;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(RaiseFileLimit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace tocsin::app
