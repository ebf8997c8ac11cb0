#!/usr/bin/perl
# A user agent made of the Perl stack Net::SIP, which a test scripts: registers with digest and is called. It says a line for each thing that
# happens, and does what it reads on its standard input: call NUMBER, hold, resume, end, options, message NUMBER TEXT, leave.
# net_sip.pl TRANSPORT SERVER ADDRESS USER PASSWORD NUMBER [AUTHORITY CERTIFICATE KEY]; the files are for TLS: whom it trusts, what it shows.
use strict;
use warnings;
use IO::Handle;
use Net::SIP;

my ($transport, $server, $address, $user, $password, $number, $authority, $certificate, $key) = @ARGV;
my $port = $transport eq 'tls' ? 5061 : 5060;
my $call;
STDOUT->autoflush(1);

my $agent = Net::SIP::Simple->new(
    leg => "<sip:$address:5060;transport=$transport>",
    from => "sip:$number\@$server",
    contact => "<sip:$number\@$address:5060;transport=$transport>",
    outgoing_proxy => "<sip:$server:$port;transport=$transport>",
    registrar => "sip:$server:$port",
    $authority ? (tls => { SSL_ca_file => $authority, SSL_cert_file => $certificate, SSL_key_file => $key }) : (),
    auth => [$user, $password],
);

# What the far end says of its audio: where to, or that it wants none.
sub audio {
    my ($sdp) = @_;
    my $text = $sdp ? $sdp->as_string : '';
    return $text !~ /^m=audio [1-9]/m ? 'no audio'
        : $text =~ /^c=IN IP4 0\.0\.0\.0/m ? 'held'
        : $text =~ /^a=(sendonly|recvonly|inactive)/m ? $1 : 'audio';
}

sub over { $call = undef; print "ended\n" }

# An answer to a request other than INVITE.
sub said {
    my ($what) = @_;
    return sub {
        my (undef, undef, $error, $code) = @_;
        print "$what: ", $code // "failed with $error", "\n";
    };
}

sub offer {
    my ($what, $method, @more) = @_;
    my %events = (
        cb_preliminary => sub { print "$what: $_[1]\n" },
        cb_final => sub {
            my ($status, $self, %args) = @_;
            print "$what: ", $status eq 'OK' ? '200 ' . audio($args{packet}->sdp_body) : $args{code} // $status, "\n";
        },
        recv_bye => \&over,
        @more,
    );
    return $method->(%events);
}

# A request outside of dialogs.
sub request {
    my ($method, $to, $body, @headers) = @_;
    $agent->{endpoint}->new_request($method, { from => "sip:$number\@$server", to => $to, auth => [$user, $password] },
        said(lc $method), $body, @headers);
}

my %words = (
    call => sub { my ($to) = @_; $call = offer('call', sub { $agent->invite("sip:$to\@$server", @_) }) },
    hold => sub { offer('hold', sub { $call->reinvite(@_) }, call_on_hold => 1) },
    resume => sub { offer('resume', sub { $call->reinvite(@_) }, clear_sdp => 1) },
    end => sub { $call->bye(cb_final => \&over) },
    options => sub { request('OPTIONS', "sip:$server") },
    message => sub { request('MESSAGE', "sip:$_[0]\@$server", "@_[1 .. $#_]", 'content-type' => 'text/plain') },
    leave => sub { $agent->register(expires => 0, cb_final => sub { print "left: $_[0]\n"; exit 0 }) },
);

$agent->listen(
    cb_create => sub {
        my ($new, $request) = @_;
        $call = $new;
        print 'called by ', $request->get_header('from') =~ /sip:([^@;>]+)/, "\n";
        return 1;
    },
    cb_invite => sub { print 'offered: ', audio($_[1]->sdp_body), "\n"; return },
    cb_established => sub { print "established\n" },
    recv_bye => \&over,
);
$agent->{loop}->addFD(\*STDIN, 0, [ sub {
    my $line = <STDIN>;
    exit 0 if !defined $line;
    my ($word, @arguments) = split ' ', $line;
    $words{$word}->(@arguments);
} ]);
$agent->register(expires => 600, cb_final => sub { my ($status, %args) = @_; print "registered: $status ", $args{expires} // $args{code} // '', "\n" });
$agent->loop;
