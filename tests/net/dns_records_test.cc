#include "net/dns_records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tocsin::net {
namespace {

using namespace std::string_literals;

constexpr int kNxdomain = 3, kServfail = 2;
constexpr std::size_t kUdpBytesMax = 512;

std::string Short(std::size_t value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value)};
}

// `a.test` as length-prefixed labels.
std::string WireName(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return wire + '\0';
}

std::string Record(std::string_view owner, std::size_t type, const std::string& data) {
  return WireName(owner) + Short(type) + Short(1) + Short(0) + Short(60) + Short(data.size()) +
         data;
}

std::string Address(std::string_view owner, int last) {
  return Record(owner, 1, "\x0a\0\0"s + static_cast<char>(last));
}

std::string Service(std::string_view owner, std::size_t port, std::string_view host) {
  return Record(owner, 33, Short(1) + Short(1) + Short(port) + WireName(host));
}

struct Answer {
  int code = 0;
  std::vector<std::string> records;
};

Answer AnswerFor(std::string_view name) {
  if (name == "none.test") return {kNxdomain, {}};
  if (name == "broken.test") return {kServfail, {}};
  if (name == "srv.test") {
    return {0, {Service(name, 9093, "am-1.test"), Service(name, 9094, "am-2.test")}};
  }
  if (name == "closed.test") return {0, {Service(name, 0, "")}};
  if (name == "alias.test") {
    return {0, {Record(name, 5, WireName("a.test")), Address("a.test", 7)}};
  }
  if (name == "cut.test") return {0, {Record(name, 1, "\x0a")}};
  if (name == "many.test") {
    Answer answer;
    for (int i = 0; i < 200; ++i) answer.records.push_back(Address(name, i));
    return answer;
  }
  return {};  // The name is there, and has no such records.
}

// What a server sends back; over UDP a long answer loses its records and says so.
std::string Respond(const std::string& question, bool udp) {
  std::string name;
  std::size_t at = 12;
  while (question[at] != '\0') {
    const auto length = static_cast<std::size_t>(question[at]);
    name += (name.empty() ? "" : ".") + question.substr(at + 1, length);
    at += length + 1;
  }
  const Answer answer = AnswerFor(name);
  const std::string asked = question.substr(12, at + 5 - 12);
  std::string records;
  for (const std::string& record : answer.records) records += record;
  const bool cut = udp && 12 + asked.size() + records.size() > kUdpBytesMax;
  const std::size_t flags = 0x8180U | static_cast<unsigned>(answer.code) | (cut ? 0x200U : 0U);
  return question.substr(0, 2) + Short(flags) + Short(1) + Short(cut ? 0 : answer.records.size()) +
         Short(0) + Short(0) + asked + (cut ? "" : records);
}

// A DNS server on a port of its own, UDP and TCP.
class DnsServer {
 public:
  DnsServer() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // A port that is free for TCP may be taken for UDP.
    while (!Bind()) Close();
    thread_ = std::thread([this] { Serve(); });
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;
  ~DnsServer() {
    const char stop = 0;
    EXPECT_EQ(write(stop_[1], &stop, 1), 1);
    thread_.join();
    Close();
    for (const int end : stop_) close(end);
  }
  const sockaddr_in& address() const { return address_; }

 private:
  bool Bind() {
    tcp_ = socket(AF_INET, SOCK_STREAM, 0);
    udp_ = socket(AF_INET, SOCK_DGRAM, 0);
    address_.sin_port = 0;
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    socklen_t size = sizeof address_;
    return bind(tcp_, address, size) == 0 && getsockname(tcp_, address, &size) == 0 &&
           listen(tcp_, 4) == 0 && bind(udp_, address, size) == 0;
  }
  void Close() const {
    close(tcp_);
    close(udp_);
  }

  void Serve() const {
    for (;;) {
      std::array<pollfd, 3> ready{{{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}, {stop_[0], POLLIN, 0}}};
      poll(ready.data(), ready.size(), -1);
      if (ready[2].revents != 0) return;
      if (ready[0].revents != 0) ServeUdp();
      if (ready[1].revents != 0) ServeTcp();
    }
  }
  void ServeUdp() const {
    std::array<char, 4096> bytes;
    sockaddr_in from{};
    socklen_t size = sizeof from;
    auto* const peer = reinterpret_cast<sockaddr*>(&from);
    const ssize_t got = recvfrom(udp_, bytes.data(), bytes.size(), 0, peer, &size);
    const std::string answer = Respond({bytes.data(), static_cast<std::size_t>(got)}, true);
    sendto(udp_, answer.data(), answer.size(), 0, peer, size);
  }
  void ServeTcp() const {
    const int connection = accept(tcp_, nullptr, nullptr);
    std::array<unsigned char, 2> length{};
    recv(connection, length.data(), 2, MSG_WAITALL);
    std::string question(length[0] * 256U + length[1], '\0');
    recv(connection, question.data(), question.size(), MSG_WAITALL);
    std::string answer = Respond(question, false);
    answer = Short(answer.size()) + answer;
    send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    close(connection);
  }

  sockaddr_in address_{};
  int tcp_ = -1;
  int udp_ = -1;
  std::array<int, 2> stop_ = [] {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    return ends;
  }();
  std::thread thread_;
};

std::string LookUp(const DnsServer& server, const std::string& name, DnsType type) {
  const auto records = LookUpDnsRecordsAt(server.address(), name + ".", type);
  if (!records) return "error: " + records.error().message;
  std::string text;
  for (const DnsRecord& record : *records) {
    text += record.host + ":" + std::to_string(record.port) + " ";
  }
  return text;
}

TEST(DnsRecordsTest, AsksAServer) {
  const DnsServer server;
  const struct {
    const char* name;
    DnsType type;
    const char* expected;
  } cases[] = {
      {"srv.test", DnsType::kSrv, "am-1.test:9093 am-2.test:9094 "},
      {"closed.test", DnsType::kSrv, ""},
      {"alias.test", DnsType::kA, "10.0.0.7:0 "},
      {"none.test", DnsType::kA, ""},
      {"empty.test", DnsType::kSrv, ""},
      {"cut.test", DnsType::kA, ""},
      {"broken.test", DnsType::kA, "error: Host name lookup failure"},
  };
  for (const auto& c : cases) EXPECT_EQ(LookUp(server, c.name, c.type), c.expected) << c.name;
}

TEST(DnsRecordsTest, AsksAgainOverTcpForALongAnswer) {
  const DnsServer server;
  std::string expected;
  for (int i = 0; i < 200; ++i) expected += "10.0.0." + std::to_string(i) + ":0 ";
  EXPECT_EQ(LookUp(server, "many.test", DnsType::kA), expected);
}

}  // namespace
}  // namespace tocsin::net
