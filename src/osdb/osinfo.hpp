#pragma once

// libosinfo's headers have no extern "C" of their own, and GLib's do not bear being inside one.
#include <gio/gio.h>

extern "C" {
#include <osinfo/osinfo.h>
}
