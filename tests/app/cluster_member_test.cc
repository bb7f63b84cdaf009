#include "app/cluster_member.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::app {
namespace {

const Time kNow = *ParseRfc3339("2026-11-21T01:15:23.902Z");

ServeOptions Flags(std::string listen, std::string advertise = "", std::string name = "") {
  ServeOptions options;
  options.cluster_listen_address = std::move(listen);
  options.cluster_advertise_address = std::move(advertise);
  options.cluster_peer_name = std::move(name);
  return options;
}

TEST(ClusterMember, IsWhatTheFlagsSay) {
  Random random(1);
  EXPECT_FALSE(OwnClusterMember(Flags(""), kNow, &random));
  auto member = OwnClusterMember(Flags("10.0.0.1:9094", "", "me"), kNow, &random);
  EXPECT_EQ(member->name, "me");
  EXPECT_EQ(member->address, "10.0.0.1:9094");
  EXPECT_EQ(OwnClusterMember(Flags("[fd00::1]:9094"), kNow, &random)->address, "[fd00::1]:9094");
  EXPECT_EQ(OwnClusterMember(Flags(":9094", "192.0.2.1:94"), kNow, &random)->address,
            "192.0.2.1:94");
  // Which address the machine has is its business; that it is one, and the port, is ours.
  for (const char* everywhere : {"0.0.0.0:9095", ":9095", "[::]:9095"}) {
    EXPECT_THAT(OwnClusterMember(Flags(everywhere), kNow, &random)->address,
                testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+:9095"));
  }
}

TEST(ClusterMember, HasARandomNameThatSortsByTime) {
  Random random(1);
  const std::string first = OwnClusterMember(Flags(":1"), kNow, &random)->name;
  const std::string second =
      OwnClusterMember(Flags(":1"), kNow + std::chrono::milliseconds(1), &random)->name;
  EXPECT_EQ(first.size(), 26U);
  EXPECT_LT(first, second);
  EXPECT_NE(first.substr(10), second.substr(10));
  // 1795223723902 ms in base 32.
  EXPECT_EQ(first.substr(0, 10), "01M7XTR7VY");
}

}  // namespace
}  // namespace tocsin::app
