#pragma once

// JSON Web Tokens (RFC 7519) with which a client proves who it is to an authorization server
// (RFC 7523). Any thread.

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "config/http_client_config.h"

#include <string>

namespace tocsin::net {

// The assertion for the grant `jwt-bearer`, signed with `key` (an RSA key in PEM form) and good for
// ten minutes from `now`.
Result<std::string> MakeAssertion(const config::OAuth2& config, const Secret& key, Time now);

}  // namespace tocsin::net
