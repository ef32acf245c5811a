// Protocols by the names that Wireshark has for them, with the port that IANA registered (or, where none is, the
// usual one).
#include "packet/packet.h"
#include "packet_info.h"

#include <string.h>
#include <strings.h>

#define IP(number) number, 0, 0
#define TCP(port) PROTO_TCP, port, 0
#define UDP(port) PROTO_UDP, port, 0
#define LINK(type) 0, 0, type

// A name with a '*' stands for all that begin with it. The first that fits counts.
static const struct {
	const char *name;
	struct packet_name is;
} names[] = {
	{"TCP", {TCP(0)}},	     {"UDP", {UDP(0)}},
	{"ICMP", {IP(PROTO_ICMP)}},  {"ICMPv6", {IP(PROTO_ICMP6)}},
	{"IGMP*", {IP(PROTO_IGMP)}}, {"GRE", {IP(47)}},
	{"ESP", {IP(PROTO_ESP)}},    {"AH", {IP(PROTO_AH)}},
	{"OSPF", {IP(89)}},	     {"EIGRP", {IP(88)}},
	{"PIM*", {IP(103)}},	     {"VRRP*", {IP(112)}},
	{"SCTP", {IP(PROTO_SCTP)}},  {"L2TPv3", {IP(115)}},
	{"IPv4", {IP(4)}},	     {"IPv6", {IP(41)}},
	{"ARP", {LINK(0x0806)}},     {"RARP", {LINK(0x8035)}},
	{"LLDP", {LINK(0x88cc)}},    {"EAPOL", {LINK(0x888e)}},
	{"DNS", {UDP(53)}},	     {"MDNS", {UDP(5353)}},
	{"LLMNR", {UDP(5355)}},	     {"NBNS", {UDP(137)}},
	{"NBDS", {UDP(138)}},	     {"BROWSER", {UDP(138)}},
	{"DHCPv6", {UDP(547)}},	     {"DHCP", {UDP(67)}},
	{"BOOTP", {UDP(67)}},	     {"NTP", {UDP(123)}},
	{"SNMP", {UDP(161)}},	     {"SSDP", {UDP(1900)}},
	{"TFTP", {UDP(69)}},	     {"RADIUS", {UDP(1812)}},
	{"SIP*", {UDP(5060)}},	     {"RTP*", {UDP(5004)}},
	{"RTCP", {UDP(5005)}},	     {"STUN", {UDP(3478)}},
	{"QUIC", {UDP(443)}},	     {"GQUIC", {UDP(443)}},
	{"DTLS*", {UDP(4433)}},	     {"CLDAP", {UDP(389)}},
	{"MEMCACHE", {UDP(11211)}},  {"Chargen", {UDP(19)}},
	{"QOTD", {UDP(17)}},	     {"CoAP", {UDP(5683)}},
	{"ISAKMP", {UDP(500)}},	     {"UDPENCAP", {UDP(4500)}},
	{"L2TP", {UDP(1701)}},	     {"RIP*", {UDP(520)}},
	{"Syslog", {UDP(514)}},	     {"VXLAN", {UDP(4789)}},
	{"GTP*", {UDP(2152)}},	     {"OpenVPN", {UDP(1194)}},
	{"WireGuard", {UDP(51820)}}, {"BACnet*", {UDP(47808)}},
	{"Portmap", {UDP(111)}},     {"HTTP2", {TCP(443)}},
	{"HTTP*", {TCP(80)}},	     {"TLS*", {TCP(443)}},
	{"SSL*", {TCP(443)}},	     {"WebSocket", {TCP(80)}},
	{"SSH*", {TCP(22)}},	     {"FTP-DATA", {TCP(20)}},
	{"FTP", {TCP(21)}},	     {"SMTP*", {TCP(25)}},
	{"IMAP*", {TCP(143)}},	     {"POP*", {TCP(110)}},
	{"TELNET", {TCP(23)}},	     {"SMB*", {TCP(445)}},
	{"NBSS", {TCP(139)}},	     {"LDAP", {TCP(389)}},
	{"KRB5", {TCP(88)}},	     {"RDP", {TCP(3389)}},
	{"TPKT", {TCP(3389)}},	     {"MySQL", {TCP(3306)}},
	{"TDS", {TCP(1433)}},	     {"PGSQL", {TCP(5432)}},
	{"RESP", {TCP(6379)}},	     {"MQTT*", {TCP(1883)}},
	{"AMQP", {TCP(5672)}},	     {"Modbus*", {TCP(502)}},
	{"S7COMM*", {TCP(102)}},     {"COTP", {TCP(102)}},
	{"DNP*", {TCP(20000)}},	     {"BGP", {TCP(179)}},
	{"IRC", {TCP(6667)}},	     {"XMPP*", {TCP(5222)}},
	{"RTSP", {TCP(554)}},	     {"RTMP", {TCP(1935)}},
	{"DCERPC", {TCP(135)}},	     {"BitTorrent", {TCP(6881)}},
	{"NFS", {TCP(2049)}},
};

static bool fits(const char *name, const char *protocol) {
	const size_t n = strlen(name);

	return name[n - 1] == '*' ? strncasecmp(name, protocol, n - 1) == 0
				  : strcasecmp(name, protocol) == 0;
}

bool packet_name_find(const char *protocol, struct packet_name *out) {
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fits(names[i].name, protocol)) {
			*out = names[i].is;
			return true;
		}
	return false;
}
