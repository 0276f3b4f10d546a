#include "glinda/virt/connection.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"
#include "glinda/util/mailbox.hpp"
#include "glinda/virt/domain.hpp"

// Against libvirt's own test driver, which runs nothing.
namespace glinda::virt {
namespace {

using namespace std::chrono_literals;
using Kind = DomainEvent::Kind;

const Machine machine{.name = "tested", .memory_mib = 64};

TEST(Connection, ThatCannotBeOpenedNamesItsUriAndTheReason) {
    try {
        const Connection connection{"nonsense:///x"};
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::environment);
        EXPECT_THAT(error.what(), testing::StartsWith("cannot open nonsense:///x: "));
    }
}

TEST(Domain, RunsUntilItIsDestroyedAndThenSaysSo) {
    const Connection connection{"test:///default"};
    Mailbox<DomainEvent> events;
    Domain domain{connection, machine, [&](const DomainEvent& event) { events.send(event); }};
    EXPECT_TRUE(domain.is_running());
    EXPECT_THAT(domain.xml(), testing::HasSubstr("<name>tested</name>"));
    domain.destroy();
    EXPECT_TRUE(domain.wait_until_gone(std::chrono::steady_clock::now() + 10s));
    const auto event = events.receive(std::chrono::steady_clock::now() + 10s);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->kind, Kind::stopped);
    EXPECT_FALSE(domain.is_running());
    EXPECT_NO_THROW(domain.destroy());
    EXPECT_THROW(std::ignore = domain.xml(), Error);
}

TEST(Domain, IsDestroyedWithItsOwner) {
    const Connection connection{"test:///default"};
    { const Domain domain{connection, machine, {}}; }
    const Domain again{connection, machine, {}};  // the name is free
    EXPECT_TRUE(again.is_running());
}

TEST(Domain, HearsNothingOfOtherDomains) {
    const Connection connection{"test:///default"};
    Mailbox<DomainEvent> events;
    const Domain domain{connection, machine, [&](const DomainEvent& event) { events.send(event); }};
    Machine other = machine;
    other.name = "other";
    Domain ended{connection, other, {}};
    ended.destroy();
    ASSERT_TRUE(ended.wait_until_gone(std::chrono::steady_clock::now() + 10s));
    EXPECT_FALSE(events.receive(std::chrono::steady_clock::now()));
}

TEST(Domain, ThatLibvirtRefusesIsNamed) {
    const Connection connection{"test:///default"};
    Machine broken = machine;
    broken.uuid = "no uuid";
    try {
        const Domain domain{connection, broken, {}};
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::StartsWith("cannot define the domain tested: "));
    }
}

TEST(Domain, NeverTakesThePlaceOfOneThatExists) {
    const Connection connection{"test:///default"};
    Machine taken = machine;
    taken.name = "test";  // the driver comes with it
    EXPECT_THROW((Domain{connection, taken, {}}), Error);
    taken.uuid = "6695eb01-f6a4-8304-79aa-97f2502e193f";
    EXPECT_THROW((Domain{connection, taken, {}}), Error);
}

TEST(Domain, OfOthersCanBeRemovedByName) {
    const Connection connection{"test:///default"};
    EXPECT_TRUE(has_domain(connection, "test"));  // the driver comes with it, running
    remove_domain(connection, "test");
    EXPECT_FALSE(has_domain(connection, "test"));
    try {
        remove_domain(connection, "test");
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::environment);
        EXPECT_THAT(error.what(), testing::StartsWith("cannot remove the domain test: "));
    }
}

TEST(Domain, WaitingEndsWhenAStopIsRequested) {
    const Connection connection{"test:///default"};
    const Domain domain{connection, machine, {}};
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(domain.wait_until_gone(std::chrono::steady_clock::now() + 1h, stop.get_token()));
}

}  // namespace
}  // namespace glinda::virt
