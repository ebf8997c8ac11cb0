local ports = { sip = 5060 } for i = 1, 3 do ports[i] = i end return { cluster = 1, listen = ports, x = {} }
