// The HTTP server over TLS.

#include "net/openssl_handles.h"
#include "net/server_tls.h"
#include "tests/net/certificates.h"
#include "tests/net/http_server_fixture.h"
#include "tests/net/script_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace tocsin::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ClientAuth = config::WebTlsConfig::ClientAuth;

const std::string kGet = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kLastGet = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

template <class T, auto Free>
using Owned = std::unique_ptr<T, OpensslDeleter<Free>>;

CertificateHandle ReadCertificate(const std::string& pem) {
  return CertificateHandle(PEM_read_bio_X509(PemReader(pem).get(), nullptr, nullptr, nullptr));
}

// A blocking client that trusts one authority.
class TlsClient {
 public:
  TlsClient(const std::string& address, const Identity& authority, const Identity* own = nullptr)
      : context_(SSL_CTX_new(TLS_client_method())) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL.
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()),
                        ReadCertificate(authority.certificate).get());
    if (own != nullptr) {
      SSL_CTX_use_certificate(context_.get(), ReadCertificate(own->certificate).get());
      const KeyHandle key(
          PEM_read_bio_PrivateKey(PemReader(own->key).get(), nullptr, nullptr, nullptr));
      SSL_CTX_use_PrivateKey(context_.get(), key.get());
    }
    bio_.reset(BIO_new_ssl_connect(context_.get()));
    BIO_set_conn_hostname(bio_.get(), address.c_str());
    connected_ = BIO_do_connect(bio_.get()) == 1 && BIO_do_handshake(bio_.get()) == 1;
  }

  bool connected() const { return connected_; }
  // False if the server does not take it all.
  bool Send(const std::string& bytes) {
    const int size = static_cast<int>(bytes.size());
    return BIO_write(bio_.get(), bytes.data(), size) == size;
  }
  // Then the socket takes little before the server reads.
  void LimitSendBuffer() {
    const int size = 64 * 1024;
    const auto fd = static_cast<int>(BIO_get_fd(bio_.get(), nullptr));
    EXPECT_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
  }
  // Until that has come, or the server closes.
  std::string Read(const std::string& until = "") {
    std::string text;
    char block[4096];
    while (until.empty() || text.find(until) == std::string::npos) {
      const int size = BIO_read(bio_.get(), block, sizeof block);
      if (size <= 0) break;
      text.append(block, static_cast<std::size_t>(size));
    }
    return text;
  }
  // The server has said that it closes.
  bool clean_end() const {
    SSL* ssl = nullptr;
    BIO_get_ssl(bio_.get(), &ssl);
    return (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

 private:
  Owned<SSL_CTX, SSL_CTX_free> context_;
  Owned<BIO, BIO_free_all> bio_;
  bool connected_ = false;
};

class HttpServerTlsTest : public testing::Test {
 protected:
  void Start(HttpServer::Options options = Defaults()) {
    config_.cert = identity_.certificate;
    config_.key = Secret(identity_.key);
    auto tls = ServerTls::Open(config_);
    ASSERT_TRUE(tls) << tls.error().message;
    tls_ = *tls;
    options.tls = tls_;
    server_ = StartServer(Echo, std::move(options));
  }
  const std::string& address() const { return server_->addresses()[0]; }
  // Does the server answer whoever has that certificate?
  bool Answers(const Identity* client) {
    TlsClient connection(address(), authority_, client);
    connection.Send(kLastGet);
    return connection.Read().starts_with("HTTP/1.1 200 ");
  }

  const Identity authority_ = MakeAuthority();
  Identity identity_ = MakeCertificate(authority_, "IP:127.0.0.1");
  config::WebTlsConfig config_;
  std::shared_ptr<ServerTls> tls_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTlsTest, AnswersRequestsOfOneConnection) {
  Start();
  TlsClient client(address(), authority_);
  ASSERT_TRUE(client.connected());
  client.Send(kGet);
  EXPECT_THAT(client.Read("GET /x 0"), StartsWith("HTTP/1.1 200 "));
  client.Send(kLastGet);
  EXPECT_THAT(client.Read(), EndsWith("GET /x 0"));
  EXPECT_TRUE(client.clean_end());
}

// A socket that is closed over unread bytes is reset, and the answer is lost on the way.
TEST_F(HttpServerTlsTest, TheAnswerReachesAClientThatIsStillSending) {
  HttpServer::Options options = Defaults();
  options.body_bytes_max = 1000;
  Start(std::move(options));
  TlsClient client(address(), authority_);
  client.LimitSendBuffer();
  const std::size_t size = 4 * 1024 * 1024;  // More than the sockets on the way take.
  EXPECT_TRUE(client.Send(Post(size)));
  EXPECT_TRUE(client.Send(std::string(size, 'x')));
  EXPECT_THAT(client.Read(), HasSubstr("request body larger than 1000 bytes"));
  EXPECT_TRUE(client.clean_end());
}

TEST_F(HttpServerTlsTest, GivesUpOnAHandshakeThatDoesNotCome) {
  HttpServer::Options options = Defaults();
  options.header_timeout = std::chrono::seconds(2);  // Enough for one that does come.
  Start(std::move(options));
  RawClient silent(address());
  EXPECT_EQ(silent.ReadAll(), "");
  EXPECT_EQ(server_->stats().handshakes_failed, 1u);
  TlsClient client(address(), authority_);
  EXPECT_TRUE(client.connected());
}

TEST_F(HttpServerTlsTest, SaysToPlainHttpThatThisIsTls) {
  Start();
  RawClient client(address());
  client.Send(kGet);
  EXPECT_EQ(client.ReadAll(),
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
  EXPECT_EQ(server_->stats().handshakes_failed, 1u);
}

TEST_F(HttpServerTlsTest, AsksForCertificatesAsItIsTold) {
  const Identity foreign_authority = MakeAuthority();
  const Identity friendly = MakeCertificate(authority_, "DNS:friend.example,IP:::1");
  const Identity other = MakeCertificate(authority_, "DNS:other.example");
  const Identity foreign = MakeCertificate(foreign_authority, "DNS:friend.example");
  const struct {
    ClientAuth auth;
    std::vector<std::string> names;
    bool nobody, friendly, other, foreign;
  } cases[] = {
      {ClientAuth::kNone, {}, true, true, true, true},
      {ClientAuth::kRequest, {}, true, true, true, true},
      {ClientAuth::kRequireAny, {}, false, true, true, true},
      {ClientAuth::kVerifyIfGiven, {}, true, true, true, false},
      {ClientAuth::kRequireAndVerify, {}, false, true, true, false},
      {ClientAuth::kRequireAndVerify, {"friend.example"}, false, true, false, false},
      {ClientAuth::kRequireAndVerify, {"0:0:0:0:0:0:0:1"}, false, true, false, false},
      {ClientAuth::kRequireAndVerify, {"example"}, false, false, false, false},
  };
  Start();
  int number = 0;
  for (const auto& c : cases) {
    config_.client_auth = c.auth;
    config_.client_ca = c.auth == ClientAuth::kNone ? "" : authority_.certificate;
    config_.client_allowed_sans = c.names;
    ASSERT_TRUE(tls_->SetConfig(config_));
    ++number;
    EXPECT_EQ(Answers(nullptr), c.nobody) << number;
    EXPECT_EQ(Answers(&friendly), c.friendly) << number;
    EXPECT_EQ(Answers(&other), c.other) << number;
    EXPECT_EQ(Answers(&foreign), c.foreign) << number;
  }
}

TEST_F(HttpServerTlsTest, AClientsOwnCertificateCanBeTrusted) {
  const Identity friendly = MakeCertificate(authority_, "DNS:friend.example");
  const Identity other = MakeCertificate(authority_, "DNS:other.example");
  config_.client_auth = ClientAuth::kRequireAndVerify;
  config_.client_ca = friendly.certificate;
  Start();
  EXPECT_TRUE(Answers(&friendly));
  EXPECT_FALSE(Answers(&other));
}

// Else a mistake in what is asked of clients could only be mended by a restart.
TEST_F(HttpServerTlsTest, IsRefreshedEvenIfNoHandshakeSucceeds) {
  Start();
  config_.client_auth = ClientAuth::kRequireAny;
  ASSERT_TRUE(tls_->SetConfig(config_));
  EXPECT_FALSE(Answers(nullptr));
  tls_->SetRefresh([this] {
    config_.client_auth = ClientAuth::kNone;
    EXPECT_TRUE(tls_->SetConfig(config_));
  });
  EXPECT_TRUE(Answers(nullptr));
}

TEST_F(HttpServerTlsTest, RefusesWhatDoesNotWorkAndGoesOn) {
  Start();
  const struct {
    std::function<void(config::WebTlsConfig*)> spoil;
    const char* problem;
  } cases[] = {
      {[](auto* config) { config->cert = "x"; }, "cert: "},
      {[](auto* config) { config->key = Secret("x"); }, "key: "},
      {[](auto* config) { config->key = Secret(MakeRsaKey()); },
       "the key does not belong to the certificate"},
      {[](auto* config) { config->client_ca = "x"; }, "client_ca: "},
      {[](auto* config) { config->cipher_suites = {"TLS_MADE_UP"}; },
       "unknown cipher: TLS_MADE_UP"},
      {[](auto* config) { config->cert = "", config->cert_file = "/absent"; }, "cert_file: "},
  };
  for (const auto& c : cases) {
    config::WebTlsConfig spoiled = config_;
    c.spoil(&spoiled);
    const Status status = tls_->SetConfig(std::move(spoiled));
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().message, StartsWith(c.problem));
    EXPECT_TRUE(Answers(nullptr));
  }
}

}  // namespace
}  // namespace tocsin::net
