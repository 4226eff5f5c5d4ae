# SPDX-License-Identifier: MIT
# The SMTP server of a Perl library; what a connection brings is a line
# "message " and its bytes in hexadecimal. (Of several messages the library
# makes one.)
# usage: smtp_server.pl PORT
use strict;
use warnings;
use Net::SMTP::Server;
use Net::SMTP::Server::Client;

$| = 1;
$SIG{PIPE} = 'IGNORE';
my $server = Net::SMTP::Server->new('127.0.0.1', $ARGV[0]) or die "no server: $!\n";
print "ready\n";
while (my $connection = $server->accept()) {
    my $client = Net::SMTP::Server::Client->new($connection) or next;
    $client->process;
    print 'message ', unpack('H*', $client->{MSG} // ''), "\n";
}
