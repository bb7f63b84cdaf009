#include "app/own_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::app {
namespace {

using ::testing::UnorderedElementsAre;

TEST(OwnHosts, AreTheNamesThatTheMachineHasForItself) {
  EXPECT_THAT(OwnHosts("Pager", "", ""), UnorderedElementsAre("pager"));
  EXPECT_THAT(OwnHosts("pager.example.net", "", ""),
              UnorderedElementsAre("pager", "pager.example.net"));
  EXPECT_THAT(OwnHosts("pager",
                       "127.0.0.1 localhost\n"
                       "# 10.0.0.1 pager.evil pager\n"
                       "127.0.1.1\tPager.example.net pager alerts # ours\n"
                       "10.0.0.2 other.example.net other\n",
                       ""),
              UnorderedElementsAre("pager", "pager.example.net", "alerts"));
  EXPECT_THAT(OwnHosts("pager", "", "nameserver 10.0.0.1\nsearch example.net corp.example\n"),
              UnorderedElementsAre("pager", "pager.example.net", "pager.corp.example"));
}

TEST(OwnHosts, OfThisMachine) {
  EXPECT_FALSE(OwnHosts().empty());
}

}  // namespace
}  // namespace tocsin::app
