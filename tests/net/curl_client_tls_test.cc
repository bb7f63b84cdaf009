#include "net/curl_client.h"
#include "tests/net/script_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace tocsin::net {
namespace {

using ::testing::HasSubstr;
using Kind = HttpFailure::Kind;

// An HTTPS server that answers with the SNI name it was asked for and the Host header.
class CurlClientTlsTest : public ::testing::Test {
 protected:
  static void Serve(Peer& peer, const Identity& identity, const std::string& client_authority) {
    if (!peer.StartTls(identity, client_authority)) return;
    while (true) {
      const std::string request = peer.ReadHttpRequest();
      if (request.empty()) return;
      const std::size_t host = request.find("Host: ");
      const std::string body = peer.server_name() + " " +
                               request.substr(host + 6, request.find("\r\n", host) - host - 6);
      peer.Write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                 body);
      return;
    }
  }

  HttpResult Send(const ScriptServer& server, const config::TlsConfig& tls,
                  const std::string& host = "localhost") {
    auto client = std::make_shared<config::HttpClientConfig>();
    client->tls = tls;
    HttpCall call;
    call.request.url = Secret("https://" + host + ":" + server.port_text() + "/");
    call.client = std::move(client);
    auto promise = std::make_shared<std::promise<HttpResult>>();
    auto future = promise->get_future();
    client_.Send(std::move(call),
                 [promise](HttpResult result) { promise->set_value(std::move(result)); });
    return future.get();
  }

  const Identity authority_ = MakeAuthority();
  const Identity identity_ = MakeCertificate(authority_, "DNS:localhost");
  NetThread thread_;
  CurlClient client_{&thread_, {}};
};

TEST_F(CurlClientTlsTest, VerifiesAgainstTheGivenAuthority) {
  ScriptServer server([this](Peer& peer) { Serve(peer, identity_, ""); });
  config::TlsConfig tls;
  const HttpResult unknown = Send(server, tls);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Kind::kTls);
  EXPECT_THAT(unknown.error().message, HasSubstr("certificate"));

  tls.ca = MakeAuthority().certificate;
  EXPECT_EQ(Send(server, tls).error().kind, Kind::kTls);
  tls.ca = authority_.certificate;
  const HttpResult known = Send(server, tls);
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ(known->body, "localhost localhost:" + server.port_text());
  const HttpResult other_name = Send(server, tls, "127.0.0.1");
  EXPECT_EQ(other_name.error().kind, Kind::kTls);
  tls = {};
  tls.insecure_skip_verify = true;
  EXPECT_TRUE(Send(server, tls, "127.0.0.1"));
}

TEST_F(CurlClientTlsTest, ServerNameIsForTheCertificateOnly) {
  const Identity named = MakeCertificate(authority_, "DNS:real.example");
  ScriptServer server([&named](Peer& peer) { Serve(peer, named, ""); });
  config::TlsConfig tls;
  tls.ca = authority_.certificate;
  EXPECT_EQ(Send(server, tls).error().kind, Kind::kTls);
  tls.server_name = "real.example";
  const HttpResult result = Send(server, tls);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->body, "real.example localhost:" + server.port_text());
  tls.server_name = "other.example";
  EXPECT_EQ(Send(server, tls).error().kind, Kind::kTls);
}

TEST_F(CurlClientTlsTest, ShowsItsOwnCertificate) {
  ScriptServer server([this](Peer& peer) { Serve(peer, identity_, authority_.certificate); });
  const Identity own = MakeCertificate(authority_, "DNS:client");
  config::TlsConfig tls;
  tls.ca = authority_.certificate;
  EXPECT_FALSE(Send(server, tls));
  tls.cert = own.certificate;
  tls.key = Secret(own.key);
  const HttpResult result = Send(server, tls);
  EXPECT_TRUE(result) << result.error().message;
  tls.key = Secret("nonsense");
  EXPECT_EQ(Send(server, tls).error().kind, Kind::kTls);
}

TEST_F(CurlClientTlsTest, HoldsToTheVersions) {
  ScriptServer server([this](Peer& peer) { Serve(peer, identity_, ""); });
  config::TlsConfig tls;
  tls.ca = authority_.certificate;
  for (const auto version : {config::TlsVersion::kTls12, config::TlsVersion::kTls13}) {
    tls.min_version = version;
    tls.max_version = version;
    const HttpResult result = Send(server, tls);
    EXPECT_TRUE(result) << result.error().message;
  }
  tls.min_version = config::TlsVersion::kTls10;
  tls.max_version = config::TlsVersion::kTls10;
  EXPECT_EQ(Send(server, tls).error().kind, Kind::kTls);
}

}  // namespace
}  // namespace tocsin::net
