#pragma once

// The server's side of TLS: certificate, key and client CA are looked at for each handshake, so
// that a renewed certificate is used without a restart. While the files are unreadable or do not
// fit together, the last that did are used, and the log says so. Safe from any thread.

#include "base/result.h"
#include "config/web_config.h"

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace tocsin::net {

class ServerTls {
 public:
  using ContextPtr = std::shared_ptr<boost::asio::ssl::context>;

  // Fails if there is nothing to serve with.
  static Result<std::shared_ptr<ServerTls>> Open(config::WebTlsConfig config);

  // For handshakes that begin from now on. What does not work is refused, and nothing changes.
  Status SetConfig(config::WebTlsConfig config);
  // Called before the files of each handshake are looked at: where SetConfig can be called even if
  // no handshake succeeds. Set once, before the first; what it uses outlives the server.
  void SetRefresh(std::function<void()> refresh) { refresh_ = std::move(refresh); }
  ContextPtr Context();
  // After a handshake: has the client's certificate one of the names that are asked for?
  bool Accepts(SSL* connection);

 private:
  struct Material {
    std::string cert, key, client_ca;
    bool operator==(const Material&) const = default;
  };

  static Result<Material> Read(const config::WebTlsConfig& config);
  static Result<ContextPtr> Build(const config::WebTlsConfig& config, const Material& material);

  std::function<void()> refresh_;
  std::mutex mutex_;
  // Guarded by mutex_.
  config::WebTlsConfig config_;
  Material material_;
  ContextPtr context_;
  bool failing_ = false;  // Said once.
};

// Of a handshake: did the client speak HTTP without TLS?
bool IsPlainHttp(const boost::system::error_code& error);

}  // namespace tocsin::net
