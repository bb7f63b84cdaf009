#pragma once

// OpenSSL client contexts for what libcurl does not do. Loading the system's roots takes tens of
// milliseconds, so contexts are kept for as long as their material stays the same. Belongs to the
// net thread.

#include "base/result.h"
#include "base/time.h"
#include "net/client_files.h"

#include <boost/asio/ssl/context.hpp>

#include <list>
#include <memory>

namespace tocsin::net {

class TlsContexts {
 public:
  using ContextPtr = std::shared_ptr<boost::asio::ssl::context>;

  Result<ContextPtr> Get(TlsMaterial material);

 private:
  struct Entry {
    TlsMaterial material;
    ContextPtr context;
    Duration created;  // Monotonic.
  };

  std::list<Entry> entries_;  // The newest first.
};

}  // namespace tocsin::net
